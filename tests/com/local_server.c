#include "local_server.h"

#include "helper.h"
#include "numbers_calls.h"
#include "proxy_dll.h"
#include "server_calls_object.h"

static const CLSID CLSID_Numbers = {
    0x60a30010, 0x2f3c, 0x4d4e, {0x9f, 0x59, 0x6f, 0x2f, 0x1d, 0x6c, 0x0e, 0x11}};

/* ---- the server ---- */

static struct server_calls_object object;

static HRESULT STDMETHODCALLTYPE factory_query_interface(IClassFactory *factory, REFIID iid,
                                                         void **found)
{
  bool known = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassFactory);

  *found = known ? factory : NULL;
  return known ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE factory_count(IClassFactory *factory)
{
  (void)factory;
  return 2;
}

static HRESULT STDMETHODCALLTYPE factory_create(IClassFactory *factory, IUnknown *outer,
                                                REFIID iid, void **found)
{
  (void)factory;
  CHECK(!outer);
  return INumbers_QueryInterface(&object.numbers.numbers, iid, found);
}

static HRESULT STDMETHODCALLTYPE factory_lock(IClassFactory *factory, BOOL lock)
{
  (void)factory;
  (void)lock;
  return S_OK;
}

HELPER(local_server)
{
  IClassFactoryVtbl methods = {factory_query_interface, factory_count, factory_count,
                               factory_create, factory_lock};
  IClassFactory factory = {&methods};
  DWORD cookie;

  (void)argc;
  (void)argv;
  proxy_dll_register();
  CHECK_EQ(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
  server_calls_object_init(&object, SIGNAL_FROM_THREAD);
  CHECK_EQ(CoRegisterClassObject(&CLSID_Numbers, (IUnknown *)&factory, CLSCTX_LOCAL_SERVER,
                                 REGCLS_MULTIPLEUSE, &cookie),
           S_OK);
  helper_ready("");
  helper_wait_for_stop();
  CHECK(object.begun > NUMBERS_ASYNCHRONOUS_CALLS);
  CHECK_EQ(object.finished, object.begun);
  CHECK_EQ(CoRevokeClassObject(cookie), S_OK);
  CoUninitialize();
}

/* ---- its client ---- */

static void *create(REFIID iid)
{
  void *created;

  CHECK_EQ(CoCreateInstance(&CLSID_Numbers, NULL, CLSCTX_LOCAL_SERVER, iid, &created), S_OK);
  return created;
}

static void call_by_factory(void)
{
  ICallFactory *factory = create(&IID_ICallFactory);

  numbers_call_square(factory);
  ICallFactory_Release(factory);
}

void local_server_call(const char *program)
{
  struct helper server;
  INumbers *numbers;

  proxy_dll_register();
  if (program)
    helper_start_program(&server, program, "local_server", "");
  else
    helper_start(&server, "local_server", "", RUNTIME_SHIM);
  call_by_factory();
  numbers = create(&IID_INumbers);
  numbers_call_everything(numbers);
  numbers_call_everything_asynchronously(numbers);
  INumbers_Release(numbers);
  helper_stop(&server);
}
