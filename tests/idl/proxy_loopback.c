/*
 * Proxies and stubs of asyncshim-idl for an interface with [async_uuid], whose [out] parameters
 * depend on [in] ones: the synchronous methods, called from one apartment into another, have to
 * bring everything back. Runs on any rpcrt4, Wine's own included.
 */
#define COBJMACROS
#include <stdio.h>

#include "proxy_loopback.h"

HRESULT WINAPI DllGetClassObject(REFCLSID class_id, REFIID iid, void **object);

/* Any will do: it is that of the proxies in this process. */
static const CLSID proxy_class = {
    0x60a31001, 0x2f3c, 0x4d4e, {0x9f, 0x59, 0x6f, 0x2f, 0x1d, 0x6c, 0x0e, 0x11}};

static int failures;

#define CHECK(condition) check((condition) != 0, #condition, __LINE__)

static void check(int ok, const char *what, int line)
{
  if (!ok) {
    printf("proxy_loopback.c:%d: not so: %s\n", line, what);
    failures++;
  }
}

/* The object, which lives as long as the program. */

static HRESULT STDMETHODCALLTYPE arrays_query_interface(IArrays *This, REFIID iid,
                                                        void **object)
{
  *object = IsEqualIID(iid, &IID_IArrays) || IsEqualIID(iid, &IID_IUnknown) ? This : NULL;
  return *object ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE arrays_references(IArrays *This)
{
  (void)This;
  return 1;
}

static HRESULT STDMETHODCALLTYPE arrays_count(IArrays *This, double step, LONG n, LONG *values)
{
  (void)This;
  for (LONG i = 0; i < n; i++)
    values[i] = (LONG)(step * i);
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE arrays_halve(IArrays *This, short by, LONG *n, LONG *values)
{
  (void)This;
  *n /= 2;
  for (LONG i = 0; i < *n; i++)
    values[i] /= by;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE arrays_grid(IArrays *This, short x, LONG rows, LONG columns,
                                             LONG *values)
{
  (void)This;
  for (LONG i = 0; i < rows * columns; i++)
    values[i] = x + i;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE arrays_pick(IArrays *This, short x, LONG kind, Value *value)
{
  (void)This;
  if (kind == 1)
    value->real = x + 0.5;
  else
    value->number = x;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE arrays_find(IArrays *This, short x, REFIID iid,
                                             IUnknown **object)
{
  (void)x;
  return IArrays_QueryInterface(This, iid, (void **)object);
}

static IArraysVtbl arrays_methods = {
    arrays_query_interface, arrays_references, arrays_references, arrays_count,
    arrays_halve,           arrays_grid,       arrays_pick,       arrays_find};
static IArrays arrays_object = {&arrays_methods};

static void call_with_arrays(IArrays *arrays)
{
  LONG counted[5] = {0}, halved[6] = {2, 4, 6, 8, 10, 12}, grid[12] = {0}, n = 6;

  CHECK(IArrays_Count(arrays, 3.0, 5, counted) == S_OK);
  CHECK(counted[0] == 0 && counted[4] == 12);
  CHECK(IArrays_Halve(arrays, 2, &n, halved) == S_OK);
  CHECK(n == 3 && halved[0] == 1 && halved[2] == 3 && halved[3] == 8);
  CHECK(IArrays_Grid(arrays, 7, 3, 4, grid) == S_OK);
  CHECK(grid[0] == 7 && grid[11] == 18);
}

static void call_with_unions_and_interfaces(IArrays *arrays)
{
  IUnknown *object = NULL;
  Value value = {0};

  CHECK(IArrays_Pick(arrays, 9, 1, &value) == S_OK && value.real == 9.5);
  CHECK(IArrays_Pick(arrays, 9, 0, &value) == S_OK && value.number == 9);
  CHECK(IArrays_Find(arrays, 1, &IID_IArrays, &object) == S_OK && object == (IUnknown *)arrays);
  if (object)
    IUnknown_Release(object);
}

/* Class objects are looked for in the apartment that marshals or unmarshals. */
static DWORD register_proxies(void)
{
  IUnknown *factory = NULL;
  DWORD cookie = 0;

  CHECK(DllGetClassObject(&IID_IArrays, &IID_IUnknown, (void **)&factory) == S_OK);
  CHECK(CoRegisterClassObject(&proxy_class, factory, CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE,
                              &cookie) == S_OK);
  CHECK(CoRegisterPSClsid(&IID_IArrays, &proxy_class) == S_OK);
  if (factory)
    IUnknown_Release(factory);
  return cookie;
}

static DWORD WINAPI call_from_another_apartment(void *context)
{
  IStream *stream = context;
  IArrays *arrays = NULL;
  DWORD cookie;

  CHECK(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED) == S_OK);
  cookie = register_proxies();
  CHECK(CoGetInterfaceAndReleaseStream(stream, &IID_IArrays, (void **)&arrays) == S_OK);
  if (arrays) {
    CHECK(arrays != &arrays_object);
    call_with_arrays(arrays);
    call_with_unions_and_interfaces(arrays);
    IArrays_Release(arrays);
  }
  CoRevokeClassObject(cookie);
  CoUninitialize();
  return 0;
}

int main(void)
{
  IStream *stream = NULL;
  HANDLE thread;
  DWORD cookie;

  setvbuf(stdout, NULL, _IONBF, 0);
  CHECK(CoInitializeEx(NULL, COINIT_MULTITHREADED) == S_OK);
  cookie = register_proxies();
  CHECK(CoMarshalInterThreadInterfaceInStream(&IID_IArrays, (IUnknown *)&arrays_object,
                                              &stream) == S_OK);
  if (failures == 0) {
    thread = CreateThread(NULL, 0, call_from_another_apartment, stream, 0, NULL);
    CHECK(thread && WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0);
    CloseHandle(thread);
  }
  CoRevokeClassObject(cookie);
  CoUninitialize();
  printf("%d failures\n", failures);
  return failures != 0;
}
