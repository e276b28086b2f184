#include "places.h"

#include <stdlib.h>

#include "helper.h"
#include "numbers_calls.h"
#include "proxy_dll.h"
#include "server_calls_object.h"

/* INumbers' calls in numbers_call_everything(). */
#define SYNCHRONOUS_CALLS 8

static const enum server_calls_manner manners[] = {REFUSE_CALL, SIGNAL_IN_BEGIN,
                                                   SIGNAL_FROM_THREAD};

/* A reference to an object of the client's travels, too, and comes back as the object. */
static void give_own_object(INumbers *numbers)
{
  struct numbers_object own;
  AsyncINumbers *call = numbers_new_call(numbers);
  IUnknown *same = NULL;

  numbers_object_init(&own);
  CHECK_EQ(INumbers_Give(numbers, (IUnknown *)&own.numbers, &same), S_OK);
  CHECK(same == (IUnknown *)&own.numbers);
  IUnknown_Release(same);
  CHECK_EQ(AsyncINumbers_Begin_Give(call, (IUnknown *)&own.numbers), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Give(call, &same), S_OK);
  CHECK(same == (IUnknown *)&own.numbers);
  IUnknown_Release(same);
  CHECK_EQ(AsyncINumbers_Release(call), 0);
}
#define GIVE_CALLS 2

static void call_everything(INumbers *numbers)
{
  numbers_call_everything(numbers);
  numbers_call_everything_asynchronously(numbers);
  give_own_object(numbers);
}

/* A worker that has signalled may still be on its way out. */
static void check_served(struct server_calls_object *object)
{
  LONG expected = SYNCHRONOUS_CALLS + NUMBERS_ASYNCHRONOUS_CALLS + GIVE_CALLS;

  if (object->manner == REFUSE_CALL)
    expected = 0;
  CHECK_EQ(object->begun, expected);
  CHECK_EQ(object->finished, expected);
  CHECK_EQ(object->numbers.nothings, 2);
  while (object->objects)
    SwitchToThread();
}

/* ---- one process ---- */

static void run_client(void *stream)
{
  INumbers *numbers;

  CHECK_EQ(CoGetInterfaceAndReleaseStream(stream, &IID_INumbers, (void **)&numbers), S_OK);
  call_everything(numbers);
  INumbers_Release(numbers);
}

void places_call_from(enum apartment client)
{
  proxy_dll_register();
  for (size_t i = 0; i < ARRAYSIZE(manners); i++) {
    struct server_calls_object object;
    IStream *stream;

    server_calls_object_init(&object, manners[i]);
    CHECK_EQ(CoMarshalInterThreadInterfaceInStream(
                 &IID_INumbers, (IUnknown *)&object.numbers.numbers, &stream),
             S_OK);
    apartment_run(client, run_client, stream);
    check_served(&object);
  }
}

/* ---- two processes ---- */

static void wait_for_stop(void *unused)
{
  (void)unused;
  helper_wait_for_stop();
}

/* Arguments: apartment, manner. */
HELPER(place_server)
{
  struct server_calls_object object;
  char text[256];
  bool sta;

  CHECK_EQ(argc, 2);
  sta = atoi(argv[0]) == STA;
  proxy_dll_register();
  CHECK_EQ(CoInitializeEx(NULL, sta ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED), S_OK);
  server_calls_object_init(&object, atoi(argv[1]));
  numbers_to_text((IUnknown *)&object.numbers.numbers, text, sizeof(text));
  helper_ready(text);
  apartment_run(MTA, wait_for_stop, NULL);
  check_served(&object);
  CoUninitialize();
}

void places_call_process(enum apartment server, const char *program)
{
  proxy_dll_register();
  for (size_t i = 0; i < ARRAYSIZE(manners); i++) {
    struct helper process;
    INumbers *numbers;
    char arguments[32];

    snprintf(arguments, sizeof(arguments), "%d %d", server, manners[i]);
    if (program)
      helper_start_program(&process, program, "place_server", arguments);
    else
      helper_start(&process, "place_server", arguments, RUNTIME_SHIM);
    numbers = numbers_from_text(process.text);
    call_everything(numbers);
    INumbers_Release(numbers);
    helper_stop(&process);
  }
}
