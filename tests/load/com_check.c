#include "com_check.h"

#include <initguid.h>
#include <stdio.h>
#include <windows.h>
#include <objbase.h>
#include <rpc.h>
#include <comcat.h>

DEFINE_GUID(CLSID_ManualResetEvent, 0x0000032c, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46);
DEFINE_GUID(CLSID_StdGlobalInterfaceTable, 0x00000323, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46);

#define REQUIRE(condition)                                                                     \
  do {                                                                                         \
    if (!(condition)) {                                                                        \
      printf("line %d: not %s (%s)\n", __LINE__, #condition, __func__);                        \
      return __LINE__;                                                                         \
    }                                                                                          \
  } while (0)

#define FIND(module, name)                                                                     \
  __typeof__(&name) p##name = (void *)GetProcAddress(module, #name);                           \
  REQUIRE(p##name)

static int class_check(HMODULE module, REFCLSID class_id, REFIID iid)
{
  FIND(module, CoCreateInstance);
  IUnknown *object = NULL;
  HRESULT result =
      pCoCreateInstance(class_id, NULL, CLSCTX_INPROC_SERVER, iid, (void **)&object);

  if (FAILED(result))
    printf("CoCreateInstance: %#lx\n", (unsigned long)result);
  REQUIRE(result == S_OK && object);
  object->lpVtbl->Release(object);
  return 0;
}

static int memory_check(HMODULE module)
{
  FIND(module, CoTaskMemAlloc);
  FIND(module, CoTaskMemFree);
  FIND(module, StringFromGUID2);
  WCHAR text[40];
  void *memory = pCoTaskMemAlloc(16);

  REQUIRE(memory);
  pCoTaskMemFree(memory);
  REQUIRE(pStringFromGUID2(&IID_IUnknown, text, 40) == 39);
  return 0;
}

/* CoWaitForMultipleHandles is our own, in ole32.dll and combase.dll. */
static int wait_check(HMODULE module)
{
  FIND(module, CoWaitForMultipleHandles);
  HANDLE event = CreateEventW(NULL, TRUE, TRUE, NULL);
  DWORD index = 7;
  HRESULT result;

  REQUIRE(event);
  result = pCoWaitForMultipleHandles(0, 10000, 1, &event, &index);
  CloseHandle(event);
  REQUIRE(result == S_OK && index == 0);
  return 0;
}

int com_check_only(const char *dll)
{
  HMODULE module = LoadLibraryA(dll);
  int line;

  REQUIRE(module);
  FIND(module, CoInitializeEx);
  FIND(module, CoUninitialize);
  REQUIRE(SUCCEEDED(pCoInitializeEx(NULL, COINIT_APARTMENTTHREADED)));
  if ((line = memory_check(module)) || (line = wait_check(module)))
    return line;
  /* One of ours in our DLLs, one that lies in Wine's, and one of the registry. */
  if ((line = class_check(module, &CLSID_ManualResetEvent, &IID_ISynchronize)) ||
      (line =
           class_check(module, &CLSID_StdGlobalInterfaceTable, &IID_IGlobalInterfaceTable)) ||
      (line = class_check(module, &CLSID_StdComponentCategoriesMgr, &IID_ICatInformation)))
    return line;
  pCoUninitialize();
  FreeLibrary(module);
  return 0;
}

static int ole_check(void)
{
  HMODULE ole32 = LoadLibraryA("ole32.dll");

  REQUIRE(ole32);
  FIND(ole32, OleInitialize);
  FIND(ole32, OleUninitialize);
  REQUIRE(SUCCEEDED(pOleInitialize(NULL)));
  pOleUninitialize();
  FreeLibrary(ole32);
  return 0;
}

/* RpcStringBindingComposeA and RpcStringFreeA are Wine's, the others ours. */
int rpc_check(void)
{
  HMODULE module = LoadLibraryA("rpcrt4.dll");
  RPC_CSTR text = NULL;
  RPC_BINDING_HANDLE binding = NULL;
  UUID uuid;

  REQUIRE(module);
  FIND(module, UuidCreate);
  FIND(module, RpcStringBindingComposeA);
  FIND(module, RpcBindingFromStringBindingA);
  FIND(module, RpcStringFreeA);
  FIND(module, RpcBindingFree);
  REQUIRE(pUuidCreate(&uuid) == RPC_S_OK);
  REQUIRE(pRpcStringBindingComposeA(NULL, (RPC_CSTR) "ncalrpc", NULL, (RPC_CSTR) "nobody", NULL,
                                    &text) == RPC_S_OK);
  REQUIRE(pRpcBindingFromStringBindingA(text, &binding) == RPC_S_OK);
  REQUIRE(pRpcStringFreeA(&text) == RPC_S_OK);
  REQUIRE(pRpcBindingFree(&binding) == RPC_S_OK);
  FreeLibrary(module);
  return 0;
}

int com_check(void)
{
  int line = ole_check();

  if (line || (line = com_check_only("ole32.dll")) || (line = com_check_only("combase.dll")))
    return line;
  return rpc_check();
}
