/*
 * Asynchronous calls from end to end: a client's call object, a proxy DLL made by widl, and a
 * server's call object. Each argument travels as in a synchronous call.
 */
#include "helper.h"
#include "numbers_calls.h"
#include "proxy_dll.h"
#include "server_calls_object.h"

static AsyncINumbers *new_call(INumbers *numbers)
{
  AsyncINumbers *call;
  ICallFactory *factory;

  CHECK_EQ(INumbers_QueryInterface(numbers, &IID_ICallFactory, (void **)&factory), S_OK);
  CHECK_EQ(ICallFactory_CreateCall(factory, &IID_AsyncINumbers, NULL, &IID_AsyncINumbers,
                                   (IUnknown **)&call),
           S_OK);
  ICallFactory_Release(factory);
  return call;
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

static void call_everything(INumbers *numbers)
{
  AsyncINumbers *call = new_call(numbers);

  call_square_and_sum(call);
  call_scale_and_name(call);
  call_give_and_nothing(call, numbers);
  CHECK_EQ(AsyncINumbers_Release(call), 0);
}

/* Of INumbers, in call_everything(). */
#define CALLS 7

struct client {
  IStream *stream;
};

static void run_client(void *context)
{
  struct client *client = context;
  INumbers *numbers;

  CHECK_EQ(CoGetInterfaceAndReleaseStream(client->stream, &IID_INumbers, (void **)&numbers),
           S_OK);
  call_everything(numbers);
  INumbers_Release(numbers);
}

/* The object is in the caller's apartment. */
static void check_from(enum apartment apartment, enum server_calls_manner manner)
{
  struct server_calls_object object;
  struct client client;

  proxy_dll_register();
  server_calls_object_init(&object, manner);
  CHECK_EQ(CoMarshalInterThreadInterfaceInStream(
               &IID_INumbers, (IUnknown *)&object.numbers.numbers, &client.stream),
           S_OK);
  apartment_run(apartment, run_client, &client);
  CHECK_EQ(object.begun, CALLS);
  CHECK_EQ(object.finished, CALLS);
  CHECK_EQ(object.numbers.nothings, 1);
}

IN_STA(asynchronous_calls_work_from_the_mta_into_an_sta)
{
  check_from(MTA, SIGNAL_FROM_THREAD);
}

IN_STA(asynchronous_calls_work_from_sta_to_sta)
{
  check_from(STA, SIGNAL_IN_BEGIN);
}

IN_MTA(asynchronous_calls_work_from_an_sta_into_the_mta)
{
  check_from(STA, SIGNAL_FROM_THREAD);
}

HELPER(asynchronous_server)
{
  struct server_calls_object object;
  char text[256];

  (void)argc;
  (void)argv;
  CHECK_EQ(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
  server_calls_object_init(&object, SIGNAL_FROM_THREAD);
  numbers_to_text((IUnknown *)&object.numbers.numbers, text, sizeof(text));
  helper_ready(text);
  helper_wait_for_stop();
  CHECK_EQ(object.begun, CALLS);
  CHECK_EQ(object.finished, CALLS);
  CoUninitialize();
}

static void check_another_process(void)
{
  struct helper server;
  INumbers *numbers;

  proxy_dll_register();
  helper_start(&server, "asynchronous_server", "", RUNTIME_SHIM);
  numbers = numbers_from_text(server.text);
  call_everything(numbers);
  INumbers_Release(numbers);
  helper_stop(&server);
}

IN_MTA(asynchronous_calls_work_from_the_mta_to_another_process)
{
  check_another_process();
}

IN_STA(asynchronous_calls_work_from_an_sta_to_another_process)
{
  check_another_process();
}
