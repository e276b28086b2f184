/*
 * Synchronous calls by a proxy DLL that has asynchronous interfaces: as if it had none.
 */
#include "helper.h"
#include "numbers_calls.h"
#include "numbers_object.h"
#include "proxy_dll.h"

/* An object in its apartment, and its reference on the way to another. */
struct passed_object {
  struct numbers_object *object;
  IStream *stream;
};

static void call_from_other_apartment(void *context)
{
  struct passed_object *passed = context;
  INumbers *numbers;

  CHECK_EQ(CoGetInterfaceAndReleaseStream(passed->stream, &IID_INumbers, (void **)&numbers),
           S_OK);
  CHECK(numbers != &passed->object->numbers);
  numbers_call_everything(numbers);
  CHECK(passed->object->thread != GetCurrentThreadId());
  INumbers_Release(numbers);
}

/* The object is in the caller's apartment. */
static void call_from(enum apartment apartment)
{
  struct numbers_object object;
  struct passed_object passed = {&object, NULL};

  proxy_dll_register();
  numbers_object_init(&object);
  CHECK_EQ(CoMarshalInterThreadInterfaceInStream(&IID_INumbers, (IUnknown *)&object.numbers,
                                                 &passed.stream),
           S_OK);
  apartment_run(apartment, call_from_other_apartment, &passed);
  CHECK_EQ(object.nothings, 1);
  CHECK_EQ(object.references, 1);
}

IN_STA(synchronous_calls_work_from_the_mta_into_an_sta)
{
  call_from(MTA);
}

IN_STA(synchronous_calls_work_from_sta_to_sta)
{
  call_from(STA);
}

IN_MTA(synchronous_calls_work_from_an_sta_into_the_mta)
{
  call_from(STA);
}

HELPER(numbers_server)
{
  struct numbers_object object;
  char text[256];

  (void)argc;
  (void)argv;
  CHECK_EQ(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
  numbers_object_init(&object);
  numbers_to_text((IUnknown *)&object.numbers, text, sizeof(text));
  helper_ready(text);
  helper_wait_for_stop();
  CHECK_EQ(object.nothings, 1);
  CHECK_EQ(object.references, 1);
  CoUninitialize();
}

IN_MTA(synchronous_calls_work_to_another_process)
{
  struct helper server;
  INumbers *numbers;

  proxy_dll_register();
  helper_start(&server, "numbers_server", "", RUNTIME_SHIM);
  numbers = numbers_from_text(server.text);
  numbers_call_everything(numbers);
  INumbers_Release(numbers);
  helper_stop(&server);
}
