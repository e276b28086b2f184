/*
 * Asynchronous calls from end to end: a client's call object, a proxy DLL made by widl, and a
 * server's call object. Each argument travels as in a synchronous call.
 */
#include "helper.h"
#include "numbers_calls.h"
#include "proxy_dll.h"
#include "server_calls_object.h"

struct client {
  IStream *stream;
};

static void run_client(void *context)
{
  struct client *client = context;
  INumbers *numbers;

  CHECK_EQ(CoGetInterfaceAndReleaseStream(client->stream, &IID_INumbers, (void **)&numbers),
           S_OK);
  numbers_call_everything_asynchronously(numbers);
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
  CHECK_EQ(object.begun, NUMBERS_ASYNCHRONOUS_CALLS);
  CHECK_EQ(object.finished, NUMBERS_ASYNCHRONOUS_CALLS);
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
  CHECK_EQ(object.begun, NUMBERS_ASYNCHRONOUS_CALLS);
  CHECK_EQ(object.finished, NUMBERS_ASYNCHRONOUS_CALLS);
  CoUninitialize();
}

static void check_another_process(void)
{
  struct helper server;
  INumbers *numbers;

  proxy_dll_register();
  helper_start(&server, "asynchronous_server", "", RUNTIME_SHIM);
  numbers = numbers_from_text(server.text);
  numbers_call_everything_asynchronously(numbers);
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
