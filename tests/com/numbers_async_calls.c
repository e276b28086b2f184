#include "numbers_calls.h"

#include "numbers_object.h"

static AsyncINumbers *create_call(ICallFactory *factory)
{
  AsyncINumbers *call;

  CHECK_EQ(ICallFactory_CreateCall(factory, &IID_AsyncINumbers, NULL, &IID_AsyncINumbers,
                                   (IUnknown **)&call),
           S_OK);
  return call;
}

AsyncINumbers *numbers_new_call(INumbers *numbers)
{
  AsyncINumbers *call;
  ICallFactory *factory;

  CHECK_EQ(INumbers_QueryInterface(numbers, &IID_ICallFactory, (void **)&factory), S_OK);
  call = create_call(factory);
  ICallFactory_Release(factory);
  return call;
}

void numbers_call_square(ICallFactory *factory)
{
  AsyncINumbers *call = create_call(factory);
  LONG result = 0;

  CHECK_EQ(AsyncINumbers_Begin_Square(call, 12), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Square(call, &result), S_OK);
  CHECK_EQ(result, 144);
  CHECK_EQ(AsyncINumbers_Release(call), 0);
}

static void wait_for(AsyncINumbers *call)
{
  ISynchronize *synchronize;

  CHECK_EQ(AsyncINumbers_QueryInterface(call, &IID_ISynchronize, (void **)&synchronize), S_OK);
  CHECK_EQ(ISynchronize_Wait(synchronize, COWAIT_DEFAULT, INFINITE), S_OK);
  ISynchronize_Release(synchronize);
}

static void call_square_and_sum(AsyncINumbers *call)
{
  const LONG values[] = {1, 20, 300};
  hyper sum = 0x100000000LL, new_sum = -1;
  LONG result = 0;

  CHECK_EQ(AsyncINumbers_Begin_Square(call, -12), S_OK);
  wait_for(call);
  CHECK_EQ(AsyncINumbers_Finish_Square(call, &result), S_OK);
  CHECK_EQ(result, 144);
  CHECK_EQ(AsyncINumbers_Begin_Square(call, LARGEST_NUMBER + 1), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Square(call, &result), NUMBER_TOO_LARGE);
  CHECK_EQ(AsyncINumbers_Begin_Sum(call, 3, values, &sum), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Sum(call, &new_sum), S_OK);
  CHECK_EQ(new_sum, 0x100000000LL + 321);
}

static void call_scale_and_name(AsyncINumbers *call)
{
  NumberPair given = {100, 2.5}, pair = {-1, -1};
  NumberName greeting;

  CHECK_EQ(AsyncINumbers_Begin_Scale(call, 3.0f, 0.25, &given), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Scale(call, &pair), S_FALSE);
  CHECK_EQ(pair.first, 300);
  CHECK(pair.second == 7.75);
  CHECK_EQ(AsyncINumbers_Begin_Name(call, L"Ada"), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Name(call, &greeting), S_OK);
  CHECK_WIDE_EQ(greeting.text, L"Hello, Ada");
  CoTaskMemFree(greeting.text);
}

static void call_give_and_nothing(AsyncINumbers *call, INumbers *numbers)
{
  IUnknown *identity, *same = NULL;

  CHECK_EQ(INumbers_QueryInterface(numbers, &IID_IUnknown, (void **)&identity), S_OK);
  CHECK_EQ(AsyncINumbers_Begin_Give(call, identity), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Give(call, &same), S_OK);
  CHECK(same == identity);
  IUnknown_Release(same);
  IUnknown_Release(identity);
  CHECK_EQ(AsyncINumbers_Begin_Nothing(call), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Nothing(call), S_OK);
}

void numbers_call_everything_asynchronously(INumbers *numbers)
{
  AsyncINumbers *call = numbers_new_call(numbers);

  call_square_and_sum(call);
  call_scale_and_name(call);
  call_give_and_nothing(call, numbers);
  CHECK_EQ(AsyncINumbers_Release(call), 0);
}
