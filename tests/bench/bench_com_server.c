/*
 * bench_com_server mta|sta: registers the proxy DLL that lies beside it, prints READY and
 * serves the class BenchAdd in an apartment of that kind, until a client stops it or two
 * minutes are over. Begin_Add signals at once, on the thread that it is called on.
 */
#define COBJMACROS
#include <initguid.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include "bench_com.h"

static HANDLE stop;

/* ---- the call object ---- */

struct call {
  AsyncIBenchAdd iface; /* by the controlling unknown */
  IUnknown unknown;     /* its own */
  LONG references;
  IUnknown *outer; /* not counted */
  LONG sum;
};

static struct call *call_of(AsyncIBenchAdd *iface)
{
  return CONTAINING_RECORD(iface, struct call, iface);
}

static HRESULT WINAPI call_query_interface(AsyncIBenchAdd *iface, REFIID iid, void **object)
{
  return IUnknown_QueryInterface(call_of(iface)->outer, iid, object);
}

static ULONG WINAPI call_add_ref(AsyncIBenchAdd *iface)
{
  return IUnknown_AddRef(call_of(iface)->outer);
}

static ULONG WINAPI call_release(AsyncIBenchAdd *iface)
{
  return IUnknown_Release(call_of(iface)->outer);
}

static HRESULT signal(struct call *call)
{
  ISynchronize *synchronize;
  HRESULT result =
      IUnknown_QueryInterface(call->outer, &IID_ISynchronize, (void **)&synchronize);

  if (FAILED(result))
    return result;
  result = ISynchronize_Signal(synchronize);
  ISynchronize_Release(synchronize);
  return result;
}

static HRESULT WINAPI begin_add(AsyncIBenchAdd *iface, LONG a, LONG b)
{
  call_of(iface)->sum = a + b;
  return signal(call_of(iface));
}

static HRESULT WINAPI finish_add(AsyncIBenchAdd *iface, LONG *sum)
{
  *sum = call_of(iface)->sum;
  return S_OK;
}

static HRESULT WINAPI begin_stop(AsyncIBenchAdd *iface)
{
  return signal(call_of(iface));
}

static HRESULT WINAPI finish_stop(AsyncIBenchAdd *iface)
{
  (void)iface;
  SetEvent(stop);
  return S_OK;
}

static AsyncIBenchAddVtbl call_methods = {
    call_query_interface, call_add_ref, call_release, begin_add,
    finish_add,           begin_stop,   finish_stop};

static HRESULT WINAPI own_query_interface(IUnknown *unknown, REFIID iid, void **object)
{
  struct call *call = CONTAINING_RECORD(unknown, struct call, unknown);

  *object = NULL;
  if (IsEqualIID(iid, &IID_IUnknown))
    *object = unknown;
  else if (IsEqualIID(iid, &IID_AsyncIBenchAdd))
    *object = &call->iface;
  else
    return E_NOINTERFACE;
  IUnknown_AddRef((IUnknown *)*object);
  return S_OK;
}

static ULONG WINAPI own_add_ref(IUnknown *unknown)
{
  return InterlockedIncrement(&CONTAINING_RECORD(unknown, struct call, unknown)->references);
}

static ULONG WINAPI own_release(IUnknown *unknown)
{
  struct call *call = CONTAINING_RECORD(unknown, struct call, unknown);
  LONG references = InterlockedDecrement(&call->references);

  if (!references)
    free(call);
  return references;
}

static IUnknownVtbl own_methods = {own_query_interface, own_add_ref, own_release};

/* ---- the object, its ICallFactory and its class: all there once ---- */

static HRESULT WINAPI query_interface(IUnknown *unknown, REFIID iid, void **object);

static ULONG WINAPI count_nothing(IUnknown *unknown)
{
  (void)unknown;
  return 1;
}

static HRESULT WINAPI add(IBenchAdd *iface, LONG a, LONG b, LONG *sum)
{
  (void)iface;
  *sum = a + b;
  return S_OK;
}

static HRESULT WINAPI stop_server(IBenchAdd *iface)
{
  (void)iface;
  SetEvent(stop);
  return S_OK;
}

static HRESULT WINAPI create_call(ICallFactory *iface, REFIID iid, IUnknown *outer,
                                  REFIID object_iid, IUnknown **object)
{
  struct call *call;

  (void)iface;
  *object = NULL;
  if (!IsEqualIID(iid, &IID_AsyncIBenchAdd))
    return E_NOINTERFACE;
  if (!outer || !IsEqualIID(object_iid, &IID_IUnknown))
    return E_INVALIDARG;
  call = calloc(1, sizeof(*call));
  if (!call)
    return E_OUTOFMEMORY;
  call->iface.lpVtbl = &call_methods;
  call->unknown.lpVtbl = &own_methods;
  call->references = 1;
  call->outer = outer;
  *object = &call->unknown;
  return S_OK;
}

static HRESULT WINAPI create_instance(IClassFactory *iface, IUnknown *outer, REFIID iid,
                                      void **object)
{
  *object = NULL;
  return outer ? CLASS_E_NOAGGREGATION : query_interface((IUnknown *)iface, iid, object);
}

static HRESULT WINAPI lock_server(IClassFactory *iface, BOOL lock)
{
  (void)iface;
  (void)lock;
  return S_OK;
}

#define UNKNOWN_METHODS(type)                                                                  \
  (HRESULT(WINAPI *)(type *, REFIID, void **))(void *) query_interface,                        \
      (ULONG(WINAPI *)(type *))(void *)count_nothing,                                          \
      (ULONG(WINAPI *)(type *))(void *)count_nothing

static IBenchAddVtbl add_methods = {UNKNOWN_METHODS(IBenchAdd), add, stop_server};
static ICallFactoryVtbl factory_methods = {UNKNOWN_METHODS(ICallFactory), create_call};
static IClassFactoryVtbl class_methods = {UNKNOWN_METHODS(IClassFactory), create_instance,
                                          lock_server};
static IBenchAdd the_object = {&add_methods};
static ICallFactory the_factory = {&factory_methods};
static IClassFactory the_class = {&class_methods};

static HRESULT WINAPI query_interface(IUnknown *unknown, REFIID iid, void **object)
{
  bool is_class = unknown == (IUnknown *)&the_class;

  *object = NULL;
  if (IsEqualIID(iid, &IID_IClassFactory))
    *object = &the_class;
  else if (IsEqualIID(iid, &IID_ICallFactory))
    *object = &the_factory;
  else if (IsEqualIID(iid, &IID_IBenchAdd) || (IsEqualIID(iid, &IID_IUnknown) && !is_class))
    *object = &the_object;
  else if (IsEqualIID(iid, &IID_IUnknown))
    *object = &the_class;
  return *object ? S_OK : E_NOINTERFACE;
}

/* ---- the program ---- */

static HRESULT register_proxies(void)
{
  HRESULT(WINAPI * register_server)(void);
  HMODULE module = LoadLibraryA("bench_com_proxy.dll");
  HRESULT result;

  if (!module)
    return HRESULT_FROM_WIN32(GetLastError());
  register_server =
      (HRESULT(WINAPI *)(void))(void *)GetProcAddress(module, "DllRegisterServer");
  result = register_server ? register_server() : E_NOINTERFACE;
  FreeLibrary(module);
  return result;
}

int main(int argc, char **argv)
{
  bool sta = argc == 2 && !strcmp(argv[1], "sta");
  DWORD cookie, index;
  HRESULT result;

  if (argc != 2)
    return 2;
  SetErrorMode(SEM_NOGPFAULTERRORBOX);
  stop = CreateEventW(NULL, TRUE, FALSE, NULL);
  result = CoInitializeEx(NULL, sta ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED);
  if (SUCCEEDED(result))
    result = register_proxies();
  if (SUCCEEDED(result))
    result = CoRegisterClassObject(&CLSID_BenchAdd, (IUnknown *)&the_class, CLSCTX_LOCAL_SERVER,
                                   REGCLS_MULTIPLEUSE, &cookie);
  printf(SUCCEEDED(result) ? "READY\n" : "FAILED %#lx\n", (long)result);
  fflush(stdout);
  if (FAILED(result))
    return 1;
  CoWaitForMultipleHandles(0, 120000, 1, &stop, &index);
  CoRevokeClassObject(cookie);
  TerminateProcess(GetCurrentProcess(), 0);
}
