#include "numbers_calls.h"

#include "numbers_object.h"
#include "reference_text.h"

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
  reference_to_text(&IID_INumbers, object, text, size);
}

INumbers *numbers_from_text(const char *text)
{
  return reference_from_text(&IID_INumbers, text);
}
