/*
 * Runs the fuzz target over the files named: corpus_replay FILE... A crash or sanitizer report
 * is the failure. Each file is also tried cut off at every length and with every single byte
 * turned over.
 */
#include "check.h"
#include "fuzz_pdu.h"

static void replay(const char *path)
{
  FILE *file = fopen(path, "rb");
  uint8_t bytes[0x4000];
  size_t size;

  if (!file) {
    perror(path);
    exit(1);
  }
  size = fread(bytes, 1, sizeof(bytes), file);
  CHECK(!ferror(file) && size > 1 && size < sizeof(bytes));
  fclose(file);
  for (size_t length = 0; length <= size; length++) {
    uint8_t *copy = exact_copy(bytes, length);

    LLVMFuzzerTestOneInput(copy, length);
    free(copy);
  }
  for (size_t i = 0; i < size; i++) {
    bytes[i] ^= 0xff;
    LLVMFuzzerTestOneInput(bytes, size);
    bytes[i] ^= 0xff;
  }
}

int main(int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    replay(argv[i]);
  printf("%d files replayed\n", argc - 1);
  return argc > 1 ? 0 : 1;
}
