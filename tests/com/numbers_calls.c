#include "numbers_calls.h"

#include <stdio.h>
#include <stdlib.h>

#include "numbers_object.h"

static void call_square(INumbers *numbers)
{
  LONG result = 0;

  CHECK_EQ(INumbers_Square(numbers, -12, &result), S_OK);
  CHECK_EQ(result, 144);
  CHECK_EQ(INumbers_Square(numbers, LARGEST_NUMBER + 1, &result), NUMBER_TOO_LARGE);
}

static void call_sum_and_scale(INumbers *numbers)
{
  const LONG values[] = {1, 20, 300};
  NumberPair pair = {100, 2.5};
  hyper sum = 0x100000000LL;

  CHECK_EQ(INumbers_Sum(numbers, 3, values, &sum), S_OK);
  CHECK_EQ(sum, 0x100000000LL + 321);
  CHECK_EQ(INumbers_Scale(numbers, 3.0f, 0.25, &pair), S_FALSE);
  CHECK_EQ(pair.first, 300);
  CHECK(pair.second == 7.75);
}

static void call_name_and_give(INumbers *numbers)
{
  IUnknown *identity, *same = NULL;
  NumberName greeting = {NULL};

  CHECK_EQ(INumbers_Name(numbers, L"Ada", &greeting), S_OK);
  CHECK_WIDE_EQ(greeting.text, L"Hello, Ada");
  CoTaskMemFree(greeting.text);
  CHECK_EQ(INumbers_QueryInterface(numbers, &IID_IUnknown, (void **)&identity), S_OK);
  CHECK_EQ(INumbers_Give(numbers, identity, &same), S_OK);
  CHECK(same == identity);
  IUnknown_Release(same);
  CHECK_EQ(INumbers_Give(numbers, NULL, &same), S_OK);
  CHECK(!same);
  IUnknown_Release(identity);
}

static void call_others(INumbers *numbers)
{
  IBefore *before;
  IPlain *plain;
  LONG result = 0;

  CHECK_EQ(INumbers_QueryInterface(numbers, &IID_IBefore, (void **)&before), S_OK);
  CHECK_EQ(IBefore_Next(before, 41, &result), S_OK);
  CHECK_EQ(result, 42);
  IBefore_Release(before);
  CHECK_EQ(INumbers_QueryInterface(numbers, &IID_IPlain, (void **)&plain), S_OK);
  CHECK_EQ(IPlain_Double(plain, 21, &result), S_OK);
  CHECK_EQ(result, 42);
  IPlain_Release(plain);
}

void numbers_call_everything(INumbers *numbers)
{
  call_square(numbers);
  call_sum_and_scale(numbers);
  call_name_and_give(numbers);
  CHECK_EQ(INumbers_Nothing(numbers), S_OK);
  call_others(numbers);
}

void numbers_to_text(IUnknown *object, char *text, size_t size)
{
  IStream *stream;
  unsigned char bytes[120];
  LARGE_INTEGER begin = {{0, 0}};
  ULONG count = 0;

  CHECK_EQ(CreateStreamOnHGlobal(NULL, TRUE, &stream), S_OK);
  CHECK_EQ(
      CoMarshalInterface(stream, &IID_INumbers, object, MSHCTX_LOCAL, NULL, MSHLFLAGS_NORMAL),
      S_OK);
  CHECK_EQ(IStream_Seek(stream, begin, STREAM_SEEK_SET, NULL), S_OK);
  CHECK(SUCCEEDED(IStream_Read(stream, bytes, sizeof(bytes), &count)));
  CHECK(count && count < sizeof(bytes) && 2 * count < size);
  for (ULONG i = 0; i < count; i++)
    sprintf(text + 2 * i, "%02x", bytes[i]);
  IStream_Release(stream);
}

INumbers *numbers_from_text(const char *text)
{
  LARGE_INTEGER begin = {{0, 0}};
  INumbers *numbers;
  IStream *stream;

  CHECK_EQ(CreateStreamOnHGlobal(NULL, TRUE, &stream), S_OK);
  for (; text[0] && text[1]; text += 2) {
    char digits[3] = {text[0], text[1], 0};
    unsigned char byte = (unsigned char)strtoul(digits, NULL, 16);

    CHECK_EQ(IStream_Write(stream, &byte, 1, NULL), S_OK);
  }
  CHECK_EQ(IStream_Seek(stream, begin, STREAM_SEEK_SET, NULL), S_OK);
  CHECK_EQ(CoUnmarshalInterface(stream, &IID_INumbers, (void **)&numbers), S_OK);
  IStream_Release(stream);
  return numbers;
}
