/*
 * A COM server program for the class Primes.
 *
 *   primes_server /RegServer     registers itself, and the proxy DLL that lies beside it
 *   primes_server /UnregServer   takes that back
 *   primes_server -Embedding     serves; COM starts it so
 *
 * It ends when no client has an object any more (or after two minutes: it is a sample, and
 * shall not stay behind). What is asynchronous about it is in primes_object.c.
 */
#define COBJMACROS
#include <initguid.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "primes.h"

#include "primes_object.h"

#define CLASS_KEY L"Software\\Classes\\CLSID\\{2f9d3c53-8f0e-4c68-9a57-0b6d4be1a701}"

static HANDLE free_event;

void server_is_free(void)
{
  SetEvent(free_event);
}

/* ---- registration ---- */

/* DllRegisterServer or DllUnregisterServer of the proxy DLL. */
static HRESULT call_proxy_dll(const char *function)
{
  HMODULE module = LoadLibraryW(L"primes_proxy.dll");
  HRESULT(WINAPI * address)(void);
  HRESULT result;

  if (!module)
    return HRESULT_FROM_WIN32(GetLastError());
  address = (HRESULT(WINAPI *)(void))(void *)GetProcAddress(module, function);
  result = address ? address() : HRESULT_FROM_WIN32(GetLastError());
  FreeLibrary(module);
  return result;
}

static HRESULT register_server(void)
{
  WCHAR path[MAX_PATH];
  DWORD length = GetModuleFileNameW(NULL, path, MAX_PATH);
  LSTATUS status = ERROR_FILENAME_EXCED_RANGE;

  if (length && length < MAX_PATH)
    status = RegSetKeyValueW(HKEY_LOCAL_MACHINE, CLASS_KEY L"\\LocalServer32", NULL, REG_SZ,
                             path, (length + 1) * sizeof(path[0]));
  return status ? HRESULT_FROM_WIN32(status) : call_proxy_dll("DllRegisterServer");
}

static HRESULT unregister_server(void)
{
  LSTATUS status = RegDeleteTreeW(HKEY_LOCAL_MACHINE, CLASS_KEY);

  if (status && status != ERROR_FILE_NOT_FOUND)
    return HRESULT_FROM_WIN32(status);
  return call_proxy_dll("DllUnregisterServer");
}

/* ---- the class object: there is one, for as long as the program ---- */

static HRESULT STDMETHODCALLTYPE class_query_interface(IClassFactory *factory, REFIID iid,
                                                       void **object)
{
  bool known = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassFactory);

  *object = known ? factory : NULL;
  return known ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE class_count(IClassFactory *factory)
{
  (void)factory;
  return 1;
}

static HRESULT STDMETHODCALLTYPE class_create_instance(IClassFactory *factory, IUnknown *outer,
                                                       REFIID iid, void **object)
{
  (void)factory;
  *object = NULL;
  return outer ? CLASS_E_NOAGGREGATION : primes_object_create(iid, object);
}

static HRESULT STDMETHODCALLTYPE class_lock_server(IClassFactory *factory, BOOL lock)
{
  (void)factory;
  if (lock)
    CoAddRefServerProcess();
  else if (!CoReleaseServerProcess())
    server_is_free();
  return S_OK;
}

static IClassFactoryVtbl class_methods = {class_query_interface, class_count, class_count,
                                          class_create_instance, class_lock_server};
static IClassFactory class_object = {&class_methods};

/* ---- the program ---- */

static HRESULT serve(void)
{
  DWORD cookie;
  HRESULT result = CoRegisterClassObject(&CLSID_Primes, (IUnknown *)&class_object,
                                         CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE, &cookie);

  if (FAILED(result))
    return result;
  if (WaitForSingleObject(free_event, 120000) != WAIT_OBJECT_0)
    result = HRESULT_FROM_WIN32(WAIT_TIMEOUT);
  CoRevokeClassObject(cookie);
  return result;
}

int main(int argc, char **argv)
{
  const char *what = argc == 2 ? argv[1] : "";
  HRESULT result = CoInitializeEx(NULL, COINIT_MULTITHREADED);

  SetErrorMode(SEM_NOGPFAULTERRORBOX);
  free_event = CreateEventW(NULL, TRUE, FALSE, NULL);
  if (FAILED(result) || !free_event)
    return 1;
  if (!_stricmp(what, "/RegServer")) {
    result = register_server();
  } else if (!_stricmp(what, "/UnregServer")) {
    result = unregister_server();
  } else if (!_stricmp(what, "-Embedding")) {
    result = serve();
  } else {
    fprintf(stderr, "usage: primes_server /RegServer|/UnregServer\n");
    return 2;
  }
  if (FAILED(result))
    printf("FAIL %s %#lx\n", what, (long)result);
  CoUninitialize();
  return FAILED(result);
}
