/*
 * Writes the seed corpus of fuzz_pdu: make_corpus DIRECTORY. Each file is a byte that chooses
 * how the stream is cut up, then the stream. The files are kept in corpus/; run this again
 * after an encoder has changed.
 */
#include "check.h"
#include "golden.h"

static const char *directory;

static void write_seed(const char *name, const uint8_t *stream, size_t size)
{
  char path[1024];
  FILE *file;

  snprintf(path, sizeof(path), "%s/%s", directory, name);
  file = fopen(path, "wb");
  if (!file || fputc(0x2a, file) == EOF || fwrite(stream, 1, size, file) != size ||
      fclose(file) != 0) {
    perror(path);
    exit(1);
  }
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
  return 0;
}
