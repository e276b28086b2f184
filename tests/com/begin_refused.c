/*
 * Servers that refuse: a Begin_ that fails, a CreateCall that says no, a call object that will
 * not be aggregated. Synchronous and asynchronous clients get what the method gives, and
 * nothing is left of the call.
 */
#include "life.h"
#include "proxy_dll.h"

enum client_kind { SYNCHRONOUS, ASYNCHRONOUS };

/* Square of `value` by either kind of client. */
static HRESULT square(INumbers *numbers, enum client_kind kind, LONG value, LONG *result)
{
  AsyncINumbers *call;
  HRESULT outcome;

  if (kind == SYNCHRONOUS)
    return INumbers_Square(numbers, value, result);
  call = numbers_new_call(numbers);
  CHECK_EQ(AsyncINumbers_Begin_Square(call, value), S_OK);
  outcome = AsyncINumbers_Finish_Square(call, result);
  CHECK_EQ(AsyncINumbers_Finish_Square(call, result), RPC_E_CALL_COMPLETE);
  CHECK_EQ(AsyncINumbers_Release(call), 0);
  return outcome;
}

/* Name, whose [out] argument has a pointer in it. */
static HRESULT name(INumbers *numbers, enum client_kind kind, NumberName *greeting)
{
  AsyncINumbers *call;
  HRESULT outcome;

  if (kind == SYNCHRONOUS)
    return INumbers_Name(numbers, L"Ada", greeting);
  call = numbers_new_call(numbers);
  CHECK_EQ(AsyncINumbers_Begin_Name(call, L"Ada"), S_OK);
  outcome = AsyncINumbers_Finish_Name(call, greeting);
  CHECK_EQ(AsyncINumbers_Release(call), 0);
  return outcome;
}

/* What the client sees of an object that does so, and what the object sees of the client. */
struct refusal {
  enum server_calls_manner manner;
  HRESULT result; /* of Square(3) */
  LONG begun, finished;
};

static void check_refusal(enum client_kind kind, enum apartment server,
                          const struct refusal *refusal)
{
  static struct life_server life;
  NumberName greeting = {NULL};
  LONG result = 4711;
  INumbers *numbers;

  proxy_dll_register();
  life_server_start(&life, server);
  life_server_export(&life);
  life.object.manner = refusal->manner;
  numbers = life_server_connect(&life);
  /* Twice: a failure has done no harm to the object. */
  CHECK_EQ(square(numbers, kind, 5, &result), refusal->result);
  CHECK_EQ(square(numbers, kind, 3, &result), refusal->result);
  if (refusal->result == S_OK)
    CHECK_EQ(result, 9);
  CHECK_EQ(name(numbers, kind, &greeting), refusal->result);
  if (refusal->result == S_OK)
    CHECK_WIDE_EQ(greeting.text, L"Hello, Ada");
  else
    CHECK(!greeting.text);
  CoTaskMemFree(greeting.text);
  INumbers_Release(numbers);
  held_object_check_gone(&life.object);
  CHECK_EQ(life.object.begun, refusal->begun);
  CHECK_EQ(life.object.finished, refusal->finished);
  life_server_end(&life);
}

static void check_manner(enum server_calls_manner manner, HRESULT result, LONG begun,
                         LONG finished, enum client_kind kind)
{
  struct refusal refusal = {manner, result, begun, finished};

  check_refusal(kind, STA, &refusal);
  check_refusal(kind, MTA, &refusal);
}

#define REFUSAL_TEST(name, ...)                                                                \
  static void in_##name##_synchronous(void *unused)                                            \
  {                                                                                            \
    (void)unused;                                                                              \
    check_manner(__VA_ARGS__, SYNCHRONOUS);                                                    \
  }                                                                                            \
  static void in_##name##_asynchronous(void *unused)                                           \
  {                                                                                            \
    (void)unused;                                                                              \
    check_manner(__VA_ARGS__, ASYNCHRONOUS);                                                   \
  }                                                                                            \
  APARTMENT_TEST(name##_for_a_synchronous_client, STA, in_##name##_synchronous)                \
  APARTMENT_TEST(name##_for_an_asynchronous_client, STA, in_##name##_asynchronous)

REFUSAL_TEST(a_begin_that_fails_is_the_result, FAIL_BEGIN, BEGIN_FAILURE, 3, 0)
REFUSAL_TEST(a_begin_that_signals_and_fails_is_the_result, FAIL_AND_SIGNAL, BEGIN_FAILURE, 3, 0)
REFUSAL_TEST(an_exception_of_begin_is_a_server_fault, RAISE_IN_BEGIN, RPC_E_SERVERFAULT, 3, 0)
REFUSAL_TEST(an_exception_of_finish_is_a_server_fault, RAISE_IN_FINISH, RPC_E_SERVERFAULT, 3, 3)
REFUSAL_TEST(a_create_call_that_refuses_makes_the_call_synchronous, REFUSE_CALL, S_OK, 0, 0)
REFUSAL_TEST(a_call_object_without_aggregation_makes_the_call_synchronous, REFUSE_AGGREGATION,
             S_OK, 0, 0)
REFUSAL_TEST(a_call_object_without_its_interface_makes_the_call_synchronous, LACK_INTERFACE,
             S_OK, 0, 0)
