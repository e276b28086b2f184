/* The entry point that libFuzzer calls, and corpus_replay.c. */
#ifndef ASYNCSHIM_TESTS_WIRE_FUZZ_PDU_H
#define ASYNCSHIM_TESTS_WIRE_FUZZ_PDU_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
