/*
 * Fuzz target of the headers of COM calls: the head of a reply, with an error object in it.
 *
 * What is found in it lies inside of it. What was read as an error object is written again, and
 * read, and must be the same: a difference aborts.
 */
#include "fuzz_pdu.h"

#include "error_info.h"
#include "orpc.h"

#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition)                                                                     \
  do {                                                                                         \
    if (!(condition))                                                                          \
      abort();                                                                                 \
  } while (0)

static void require_same_text(const struct error_text *a, const struct error_text *b)
{
  REQUIRE(!a->utf16 == !b->utf16 && a->length == b->length);
  REQUIRE(!a->utf16 || !memcmp(a->utf16, b->utf16, 2 * (size_t)a->length));
}

static void write_again(const struct error_info *first)
{
  size_t size = error_info_size(first);
  uint8_t *bytes = malloc(size);
  struct error_info second;

  REQUIRE(bytes);
  error_info_write(first, bytes);
  REQUIRE(error_info_read(&second, bytes, size));
  REQUIRE(!error_info_read(&second, bytes, size - 1));
  REQUIRE(error_info_read(&second, bytes, size));
  REQUIRE(wire_uuid_equal(&first->iid, &second.iid));
  REQUIRE(first->help_context == second.help_context);
  require_same_text(&first->source, &second.source);
  require_same_text(&first->description, &second.description);
  require_same_text(&first->help_file, &second.help_file);
  free(bytes);
}

static void read_extension(const struct orpc_extension *extension)
{
  /* A copy of its own, so that the sanitizer sees every byte read past it. */
  uint8_t *copy = malloc(extension->length ? extension->length : 1);
  struct error_info error;

  REQUIRE(copy);
  memcpy(copy, extension->data, extension->length);
  if (error_info_read(&error, copy, extension->length))
    write_again(&error);
  free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct orpc_extension extension;
  size_t header;

  if (orpc_this_read(data, size, &header))
    REQUIRE(header <= size);
  if (!orpc_that_read(data, size, &error_extension_id, &header, &extension))
    return 0;
  REQUIRE(header <= size && header % 4 == 0);
  if (!extension.data)
    return 0;
  REQUIRE(extension.data >= data && extension.data + extension.length <= data + header);
  read_extension(&extension);
  return 0;
}
