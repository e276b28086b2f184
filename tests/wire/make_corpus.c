/*
 * Writes the seed corpora: make_corpus DIRECTORY, in which corpus and corpus_orpc are. Each
 * file of fuzz_pdu's is a byte that chooses how the stream is cut up, then the stream; each of
 * fuzz_orpc's the head of a reply. Run this again after an encoder has changed.
 */
#include "check.h"
#include "error_info.h"
#include "golden.h"
#include "orpc.h"

static const char *directory;

static void write_file(const char *folder, const char *name, const uint8_t *bytes, size_t size)
{
  char path[1024];
  FILE *file;

  snprintf(path, sizeof(path), "%s/%s/%s", directory, folder, name);
  file = fopen(path, "wb");
  if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) {
    perror(path);
    exit(1);
  }
}

static void write_seed(const char *name, const uint8_t *stream, size_t size)
{
  uint8_t bytes[2048] = {0x2a};

  CHECK(size < sizeof(bytes));
  memcpy(bytes + 1, stream, size);
  write_file("corpus", name, bytes, size + 1);
}

/* A message in three fragments. */
static void write_fragmented(enum pdu_type type, const char *name)
{
  struct message_header header = {.type = type,
                                  .call_id = 6,
                                  .opnum = 1,
                                  .has_object = true,
                                  .object = golden_interface.uuid};
  uint8_t body[150], stream[1024];
  size_t size = 0, offset = 0, consumed;

  for (size_t i = 0; i < sizeof(body); i++)
    body[i] = (uint8_t)i;
  while (offset < sizeof(body)) {
    size += message_encode_fragment(stream + size, sizeof(stream) - size, &header, body,
                                    sizeof(body), offset, 96, &consumed);
    offset += consumed;
  }
  write_seed(name, stream, size);
}

static void write_alter_context(void)
{
  struct bind_parameters parameters = {5840, 5840, 1, PDU_FLAG_CONCURRENT_MPX};
  struct presentation_context context = {.id = 2,
                                         .transfer_count = 2,
                                         .abstract = golden_interface,
                                         .transfer = {syntax_ndr, syntax_ndr64}};
  struct presentation_result result = {.result = CONTEXT_PROVIDER_REJECTION, .reason = 1};
  uint8_t stream[512];
  size_t size =
      pdu_encode_bind(stream, sizeof(stream), PDU_ALTER_CONTEXT, 9, &parameters, &context, 1);

  write_seed("alter_context", stream, size);
  size = pdu_encode_bind_ack(stream, sizeof(stream), PDU_ALTER_CONTEXT_RESP, 9, &parameters, "",
                             &result, 1);
  write_seed("alter_context_resp", stream, size);
}

/* A whole conversation as a client sends it, and with a PDU of another version in the middle.
 */
static void write_conversation(void)
{
  uint8_t stream[1024];
  size_t size = 0;

  for (size_t i = 0; i < GOLDEN_COUNT; i++) {
    memcpy(stream + size, golden_pdus[i].bytes, golden_pdus[i].size);
    size += golden_pdus[i].size;
  }
  write_seed("conversation", stream, size);
  stream[sizeof(golden_bind)] = 4;
  write_seed("conversation_wrong_version", stream, size);
}

static void write_reply(const char *name, const struct error_info *error)
{
  uint8_t extension_bytes[512], bytes[1024];
  struct orpc_extension extension = {extension_bytes, error ? error_info_size(error) : 0};

  CHECK(extension.length < sizeof(extension_bytes));
  if (error)
    error_info_write(error, extension_bytes);
  orpc_that_write(bytes, &error_extension_id, &extension);
  write_file("corpus_orpc", name, bytes, orpc_that_size(extension.length));
}

static void write_replies(void)
{
  static const struct error_text text = {(const uint8_t *)"t\0e\0x\0t\0", 4};
  struct error_info all = {golden_interface.uuid, 17, text, text, text};
  struct error_info some = {golden_interface.uuid, 0, text, {NULL, 0}, {NULL, 0}};

  write_reply("no_extension", NULL);
  write_reply("error", &all);
  write_reply("error_without_texts", &some);
}

int main(int argc, char **argv)
{
  if (argc != 2) {
    fprintf(stderr, "usage: make_corpus DIRECTORY\n");
    return 2;
  }
  directory = argv[1];
  for (size_t i = 0; i < GOLDEN_COUNT; i++)
    write_seed(golden_pdus[i].name, golden_pdus[i].bytes, golden_pdus[i].size);
  write_fragmented(PDU_REQUEST, "request_fragments");
  write_fragmented(PDU_RESPONSE, "response_fragments");
  write_alter_context();
  write_conversation();
  write_replies();
  return 0;
}
