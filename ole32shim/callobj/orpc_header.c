#include "orpc_header.h"

#include <stdint.h>
#include <string.h>

#include "../../rpcshim/errors/thread_error.h"
#include "../../rpcshim/wire/error_info.h"
#include "../../rpcshim/wire/orpc.h"
#include "../original/original.h"

struct this_header {
  uint16_t major_version, minor_version;
  uint32_t flags, reserved;
  GUID causality;
  uint32_t extensions; /* a unique pointer */
};

_Static_assert(sizeof(struct this_header) == ORPC_THIS_SIZE, "ORPCTHIS");

void orpc_this_write(void *buffer, const GUID *causality)
{
  struct this_header header = {ORPC_MAJOR_VERSION, ORPC_MINOR_VERSION, 0, 0, *causality, 0};

  memcpy(buffer, &header, sizeof(header));
}

static bool read_header(const void *buffer, size_t length, size_t *offset,
                        struct orpc_extension *error)
{
  return orpc_that_read(buffer, length, &error_extension_id, offset, error);
}

HRESULT orpc_header_read(const void *buffer, size_t length, size_t *offset)
{
  struct orpc_extension error;

  return read_header(buffer, length, offset, &error) ? S_OK : RPC_E_INVALID_HEADER;
}

void orpc_header_take_error(const void *buffer, size_t length)
{
  const struct error_functions functions = {original.CreateErrorInfo, original.GetErrorInfo,
                                            original.SetErrorInfo};
  struct orpc_extension error;
  size_t offset;

  if (!buffer || !read_header(buffer, length, &offset, &error))
    error = (struct orpc_extension){NULL, 0};
  thread_error_receive(&functions, error.data, error.length);
}
