#include "local_server.h"

#include "helper.h"
#include "numbers_calls.h"
#include "proxy_dll.h"
#include "server_calls_object.h"

static const CLSID CLSID_Numbers = {
    0x60a30010, 0x2f3c, 0x4d4e, {0x9f, 0x59, 0x6f, 0x2f, 0x1d, 0x6c, 0x0e, 0x11}};

static const CLSID CLSID_PlainNumbers = {
    0x60a30010, 0x2f3c, 0x4d4e, {0x9f, 0x59, 0x6f, 0x2f, 0x1d, 0x6c, 0x0e, 0x12}};

/* ---- the server ---- */

static struct server_calls_object object;
static struct numbers_object plain_object; /* without ICallFactory */

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

static HRESULT STDMETHODCALLTYPE factory_create_plain(IClassFactory *factory, IUnknown *outer,
                                                      REFIID iid, void **found)
{
  (void)factory;
  CHECK(!outer);
  return INumbers_QueryInterface(&plain_object.numbers, iid, found);
}

static HRESULT STDMETHODCALLTYPE factory_lock(IClassFactory *factory, BOOL lock)
{
  (void)factory;
  (void)lock;
  return S_OK;
}

static DWORD serve_class(REFCLSID class_id, IClassFactory *factory)
{
  DWORD cookie;

  CHECK_EQ(CoRegisterClassObject(class_id, (IUnknown *)factory, CLSCTX_LOCAL_SERVER,
                                 REGCLS_MULTIPLEUSE, &cookie),
           S_OK);
  return cookie;
}

HELPER(local_server)
{
  IClassFactoryVtbl methods = {factory_query_interface, factory_count, factory_count,
                               factory_create, factory_lock};
  IClassFactoryVtbl plain_methods = {factory_query_interface, factory_count, factory_count,
                                     factory_create_plain, factory_lock};
  IClassFactory factory = {&methods}, plain_factory = {&plain_methods};
  DWORD cookie, plain_cookie;

  (void)argc;
  (void)argv;
  proxy_dll_register();
  CHECK_EQ(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
  server_calls_object_init(&object, SIGNAL_FROM_THREAD);
  numbers_object_init(&plain_object);
  cookie = serve_class(&CLSID_Numbers, &factory);
  plain_cookie = serve_class(&CLSID_PlainNumbers, &plain_factory);
  helper_ready("");
  helper_wait_for_stop();
  CHECK(object.begun > NUMBERS_ASYNCHRONOUS_CALLS);
  CHECK_EQ(object.finished, object.begun);
  CHECK_EQ(CoRevokeClassObject(cookie), S_OK);
  CHECK_EQ(CoRevokeClassObject(plain_cookie), S_OK);
  CoUninitialize();
}

/* ---- its client ---- */

static void *create(REFCLSID class_id, REFIID iid)
{
  void *created;

  CHECK_EQ(CoCreateInstance(class_id, NULL, CLSCTX_LOCAL_SERVER, iid, &created), S_OK);
  return created;
}

static void call_by_factory(REFCLSID class_id)
{
  ICallFactory *factory = create(class_id, &IID_ICallFactory);

  numbers_call_square(factory);
  ICallFactory_Release(factory);
}

/* One of several interfaces, whichever is asked for first. */
static void call_by_one_of_several(const IID *first, const IID *second)
{
  MULTI_QI queries[] = {{first, NULL, E_FAIL}, {second, NULL, E_FAIL}};

  CHECK_EQ(CoCreateInstanceEx(&CLSID_PlainNumbers, NULL, CLSCTX_LOCAL_SERVER, NULL, 2, queries),
           S_OK);
  for (int i = 0; i < 2; i++) {
    CHECK_EQ(queries[i].hr, S_OK);
    if (IsEqualIID(queries[i].pIID, &IID_ICallFactory))
      numbers_call_square((ICallFactory *)queries[i].pItf);
    IUnknown_Release(queries[i].pItf);
  }
}

/* The class object's own proxy: that has no INumbers. */
static void check_class_object(void)
{
  ICallFactory *factory;
  IUnknown *call;

  CHECK_EQ(CoGetClassObject(&CLSID_PlainNumbers, CLSCTX_LOCAL_SERVER, NULL, &IID_ICallFactory,
                            (void **)&factory),
           S_OK);
  CHECK_EQ(ICallFactory_CreateCall(factory, &IID_AsyncINumbers, NULL, &IID_IUnknown, &call),
           E_NOINTERFACE);
  ICallFactory_Release(factory);
}

static void call_objects_without_factory(void)
{
  call_by_factory(&CLSID_PlainNumbers);
  call_by_one_of_several(&IID_ICallFactory, &IID_INumbers);
  call_by_one_of_several(&IID_INumbers, &IID_ICallFactory);
  check_class_object();
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
  call_by_factory(&CLSID_Numbers);
  call_objects_without_factory();
  numbers = create(&CLSID_Numbers, &IID_INumbers);
  numbers_call_everything(numbers);
  numbers_call_everything_asynchronously(numbers);
  INumbers_Release(numbers);
  helper_stop(&server);
}
