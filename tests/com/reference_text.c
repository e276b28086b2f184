#include "reference_text.h"

#include <stdlib.h>

#include "harness.h"

void reference_to_text(REFIID iid, IUnknown *object, char *text, size_t size)
{
  IStream *stream;
  unsigned char bytes[120];
  LARGE_INTEGER begin = {{0, 0}};
  ULONG count = 0;

  CHECK_EQ(CreateStreamOnHGlobal(NULL, TRUE, &stream), S_OK);
  CHECK_EQ(CoMarshalInterface(stream, iid, object, MSHCTX_LOCAL, NULL, MSHLFLAGS_NORMAL), S_OK);
  CHECK_EQ(IStream_Seek(stream, begin, STREAM_SEEK_SET, NULL), S_OK);
  CHECK(SUCCEEDED(IStream_Read(stream, bytes, sizeof(bytes), &count)));
  CHECK(count && count < sizeof(bytes) && 2 * count < size);
  for (ULONG i = 0; i < count; i++)
    sprintf(text + 2 * i, "%02x", bytes[i]);
  IStream_Release(stream);
}

void *reference_from_text(REFIID iid, const char *text)
{
  LARGE_INTEGER begin = {{0, 0}};
  void *object;
  IStream *stream;

  CHECK_EQ(CreateStreamOnHGlobal(NULL, TRUE, &stream), S_OK);
  for (; text[0] && text[1]; text += 2) {
    char digits[3] = {text[0], text[1], 0};
    unsigned char byte = (unsigned char)strtoul(digits, NULL, 16);

    CHECK_EQ(IStream_Write(stream, &byte, 1, NULL), S_OK);
  }
  CHECK_EQ(IStream_Seek(stream, begin, STREAM_SEEK_SET, NULL), S_OK);
  CHECK_EQ(CoUnmarshalInterface(stream, iid, &object), S_OK);
  IStream_Release(stream);
  return object;
}
