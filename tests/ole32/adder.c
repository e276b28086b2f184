#include "adder.h"

#include <rpc.h>
#include <stdlib.h>

/* There is one for all calls of a process, for ever. */
static HRESULT WINAPI object_query(adder *self, REFIID iid, void **object);

static ULONG WINAPI object_count(adder *self)
{
  (void)self;
  return 2;
}

static HRESULT add_held(void)
{
  struct adder_events events;
  adder_events_open(&events);
  SetEvent(events.entered);
  CHECK_SIGNALLED(events.gate);
  SetEvent(events.left);
  adder_events_close(&events);
  return S_OK;
}

static HRESULT add_till_cancel(void)
{
  struct adder_events events;
  adder_events_open(&events);
  SetEvent(events.entered);
  while (CoTestCancel() != RPC_E_CALL_CANCELED)
    Sleep(1);
  adder_events_close(&events);
  return S_OK;
}

static HRESULT WINAPI object_add(adder *self, LONG a, LONG b, LONG *sum)
{
  *sum = a + b;
  switch (a) {
  case ADD_HELD:
    return add_held();
  case ADD_FAILS:
    return E_ACCESSDENIED;
  case ADD_DISCONNECTS:
    return CoDisconnectObject((IUnknown *)self, 0);
  case ADD_TILL_CANCEL:
    return add_till_cancel();
  default:
    return S_OK;
  }
}

static const struct adder_table object_table = {object_query, object_count, object_count,
                                                object_add};
static adder plain_object = {&object_table}, object = {&object_table};

static HRESULT WINAPI factory_query(ICallFactory *factory, REFIID iid, void **result)
{
  (void)factory;
  return object_query(&object, iid, result);
}

static ULONG WINAPI factory_count(ICallFactory *factory)
{
  (void)factory;
  return 2;
}

static HRESULT WINAPI factory_refuse(ICallFactory *factory, REFIID iid, IUnknown *outer,
                                     REFIID iid2, IUnknown **call)
{
  (void)factory;
  (void)iid;
  (void)outer;
  (void)iid2;
  *call = NULL;
  return E_FAIL;
}

static ICallFactoryVtbl factory_table = {factory_query, factory_count, factory_count,
                                         factory_refuse};
static ICallFactory factory_part = {&factory_table};

static HRESULT WINAPI object_query(adder *self, REFIID iid, void **result)
{
  *result = NULL;
  if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IAdder))
    *result = self;
  else if (IsEqualIID(iid, &IID_ICallFactory) && self == &object)
    *result = &factory_part;
  return *result ? S_OK : E_NOINTERFACE;
}

static HANDLE open_event(const WCHAR *name, BOOL manual)
{
  HANDLE event = CreateEventW(NULL, manual, FALSE, name);
  CHECK(event);
  return event;
}

void adder_events_open(struct adder_events *events)
{
  events->entered = open_event(L"adder_entered", FALSE);
  events->gate = open_event(L"adder_gate", TRUE);
  events->left = open_event(L"adder_left", FALSE);
}

void adder_events_close(struct adder_events *events)
{
  CloseHandle(events->entered);
  CloseHandle(events->gate);
  CloseHandle(events->left);
}

static void set_value(const WCHAR *name, REFIID iid, REFIID value)
{
  WCHAR key_name[128], iid_text[40], value_text[40];
  HKEY key;
  StringFromGUID2(iid, iid_text, 40);
  StringFromGUID2(value, value_text, 40);
  swprintf(key_name, 128, L"Software\\Classes\\Interface\\%ls\\%ls", iid_text, name);
  CHECK_EQ(RegCreateKeyExW(HKEY_LOCAL_MACHINE, key_name, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key,
                           NULL),
           ERROR_SUCCESS);
  CHECK_EQ(RegSetValueExW(key, NULL, 0, REG_SZ, (const BYTE *)value_text,
                          (lstrlenW(value_text) + 1) * sizeof(WCHAR)),
           ERROR_SUCCESS);
  RegCloseKey(key);
}

/* In the apartment of the thread, as far as the class object goes. */
static void register_class(void)
{
  DWORD cookie;
  CHECK_EQ(CoRegisterClassObject(&CLSID_AdderProxy, (IUnknown *)adder_proxy_factory(),
                                 CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE, &cookie),
           S_OK);
}

void adder_register_proxies(void)
{
  set_value(L"SynchronousInterface", &IID_AsyncIAdder, &IID_IAdder);
  set_value(L"AsynchronousInterface", &IID_IAdder, &IID_AsyncIAdder);
  CHECK_EQ(CoRegisterPSClsid(&IID_IAdder, &CLSID_AdderProxy), S_OK);
  CHECK_EQ(CoRegisterPSClsid(&IID_AsyncIAdder, &CLSID_AdderProxy), S_OK);
  set_value(L"SynchronousInterface", &IID_AsyncINothing, &IID_INothing);
  CHECK_EQ(CoRegisterPSClsid(&IID_AsyncINothing, &CLSID_AdderProxy), S_OK);
  register_class();
}

static void export_object(struct adder_server *server)
{
  IStream *stream;
  HGLOBAL memory;
  void *bytes;
  CHECK_EQ(CreateStreamOnHGlobal(NULL, TRUE, &stream), S_OK);
  CHECK_EQ(CoMarshalInterface(stream, server->hidden ? &IID_IUnknown : &IID_IAdder,
                              (IUnknown *)(server->plain ? &plain_object : &object),
                              MSHCTX_LOCAL, NULL, MSHLFLAGS_NORMAL),
           S_OK);
  CHECK_EQ(GetHGlobalFromStream(stream, &memory), S_OK);
  server->length = (DWORD)GlobalSize(memory);
  CHECK_AT_MOST(server->length, sizeof(server->reference));
  bytes = GlobalLock(memory);
  memcpy(server->reference, bytes, server->length);
  GlobalUnlock(memory);
  IStream_Release(stream);
}

static void serve(void *context)
{
  struct adder_server *server = context;
  adder_register_proxies();
  export_object(server);
  SetEvent(server->ready);
  apartment_wait(server->stop);
}

static void start(struct adder_server *server)
{
  server->ready = CreateEventW(NULL, TRUE, FALSE, NULL);
  server->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
  CHECK(server->ready && server->stop);
  apartment_start(&server->thread, server->apartment, serve, server);
  CHECK_SIGNALLED(server->ready);
}

void adder_server_start(struct adder_server *server, enum apartment apartment)
{
  *server = (struct adder_server){.apartment = apartment};
  start(server);
}

void adder_server_start_plain(struct adder_server *server)
{
  *server = (struct adder_server){.apartment = STA, .plain = true};
  start(server);
}

void adder_server_start_hidden(struct adder_server *server)
{
  *server = (struct adder_server){.apartment = STA, .plain = true, .hidden = true};
  start(server);
}

IUnknown *adder_plain_object(void)
{
  return (IUnknown *)&plain_object;
}

HELPER(adder_server)
{
  struct adder_server server;
  char text[2 * sizeof(server.reference) + 1];
  CHECK_EQ(argc, 1);
  adder_server_start(&server, atoi(argv[0]));
  for (DWORD i = 0; i < server.length; i++)
    snprintf(text + 2 * i, 3, "%02x", server.reference[i]);
  helper_ready(text);
  helper_wait_for_stop();
  adder_server_stop(&server);
}

void adder_server_start_process(struct adder_server *server, enum apartment apartment)
{
  char number[16];
  *server = (struct adder_server){.apartment = apartment, .remote = true};
  snprintf(number, sizeof(number), "%d", apartment);
  helper_start(&server->helper, "adder_server", number, RUNTIME_SHIM);
  server->length = (DWORD)strlen(server->helper.text) / 2;
  CHECK_AT_MOST(server->length, sizeof(server->reference));
  for (DWORD i = 0; i < server->length; i++) {
    unsigned byte;
    CHECK_EQ(sscanf(server->helper.text + 2 * i, "%2x", &byte), 1);
    server->reference[i] = (BYTE)byte;
  }
}

void adder_server_stop(struct adder_server *server)
{
  if (server->remote) {
    helper_stop(&server->helper);
    return;
  }
  SetEvent(server->stop);
  apartment_join(&server->thread);
  CloseHandle(server->ready);
  CloseHandle(server->stop);
}

static void *unmarshal(struct adder_server *server, REFIID iid)
{
  LARGE_INTEGER beginning = {.QuadPart = 0};
  void *proxy;
  IStream *stream;
  adder_register_proxies();
  CHECK_EQ(CreateStreamOnHGlobal(NULL, TRUE, &stream), S_OK);
  CHECK_EQ(IStream_Write(stream, server->reference, server->length, NULL), S_OK);
  CHECK_EQ(IStream_Seek(stream, beginning, STREAM_SEEK_SET, NULL), S_OK);
  CHECK_EQ(CoUnmarshalInterface(stream, iid, &proxy), S_OK);
  IStream_Release(stream);
  return proxy;
}

adder *adder_server_connect(struct adder_server *server)
{
  return unmarshal(server, &IID_IAdder);
}

IUnknown *adder_server_connect_hidden(struct adder_server *server)
{
  return unmarshal(server, &IID_IUnknown);
}
