/*
 * A proxy DLL that has been registered before asyncshim was there: Wine's own rpcrt4.dll writes
 * no key that ties an asynchronous interface to its synchronous one.
 */
#include "numbers_calls.h"
#include "proxy_dll.h"
#include "server_calls_object.h"

#include <wchar.h>

static void delete_tie(REFIID iid, const WCHAR *name)
{
  WCHAR key[128], iid_text[64];

  CHECK(StringFromGUID2(iid, iid_text, 64));
  swprintf(key, 128, L"Interface\\%ls\\%ls", iid_text, name);
  CHECK_EQ(RegDeleteKeyW(HKEY_CLASSES_ROOT, key), ERROR_SUCCESS);
}

static void register_as_wine_does(void)
{
  proxy_dll_register();
  delete_tie(&IID_INumbers, L"AsynchronousInterface");
  delete_tie(&IID_AsyncINumbers, L"SynchronousInterface");
}

static void check_refused(ICallFactory *factory, REFIID iid)
{
  IUnknown *call = (IUnknown *)1;

  CHECK_EQ(ICallFactory_CreateCall(factory, iid, NULL, &IID_IUnknown, &call), E_NOINTERFACE);
  CHECK(!call);
}

static void run_client(void *context)
{
  INumbers *numbers;
  ICallFactory *factory;

  CHECK_EQ(CoGetInterfaceAndReleaseStream(context, &IID_INumbers, (void **)&numbers), S_OK);
  CHECK_EQ(INumbers_QueryInterface(numbers, &IID_ICallFactory, (void **)&factory), S_OK);
  numbers_call_square(factory);
  check_refused(factory, &IID_INumbers);
  check_refused(factory, &IID_IPlain);
  check_refused(factory, &IID_IDispatch);
  check_refused(factory, &CLSID_NULL);
  ICallFactory_Release(factory);
  INumbers_Release(numbers);
}

static void check_from(enum apartment apartment)
{
  struct server_calls_object object;
  IStream *stream;

  register_as_wine_does();
  server_calls_object_init(&object, SIGNAL_FROM_THREAD);
  CHECK_EQ(CoMarshalInterThreadInterfaceInStream(&IID_INumbers,
                                                 (IUnknown *)&object.numbers.numbers, &stream),
           S_OK);
  apartment_run(apartment, run_client, stream);
  CHECK_EQ(object.finished, 1);
}

IN_STA(a_proxy_dll_that_wine_has_registered_makes_asynchronous_calls_from_the_mta)
{
  check_from(MTA);
}

IN_MTA(a_proxy_dll_that_wine_has_registered_makes_asynchronous_calls_from_an_sta)
{
  check_from(STA);
}
