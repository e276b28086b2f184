/*
 * combase.dll: a program that knows nothing but it gets COM, and the same COM as one that knows
 * ole32.dll.
 */
#include "harness.h"

#include <objbase.h>

#include <initguid.h>

#include "../../include/asyncshim/com.h"

static HMODULE combase(void)
{
  HMODULE module = LoadLibraryW(L"combase.dll");
  CHECK(module);
  return module;
}

static FARPROC function_of(HMODULE module, const char *name)
{
  FARPROC function = GetProcAddress(module, name);
  if (!function)
    test_note("no %s", name);
  CHECK(function);
  return function;
}

#define COMBASE(name) ((__typeof__(&name))(void *)function_of(combase(), #name))

/* A forwarder that leads nowhere shows only when somebody asks for it. */
TEST(every_name_that_combase_exports_is_there)
{
  const char *base = (const char *)combase();
  const IMAGE_DOS_HEADER *dos = (const void *)base;
  const IMAGE_NT_HEADERS *headers = (const void *)(base + dos->e_lfanew);
  const IMAGE_EXPORT_DIRECTORY *exports =
      (const void *)(base + headers->OptionalHeader.DataDirectory[0].VirtualAddress);
  const DWORD *names = (const void *)(base + exports->AddressOfNames);
  CHECK(exports->NumberOfNames > 300);
  for (DWORD i = 0; i < exports->NumberOfNames; i++)
    function_of(combase(), base + names[i]);
}

TEST(com_runs_in_a_program_that_has_combase_only)
{
  APTTYPE type;
  APTTYPEQUALIFIER qualifier;
  IUnknown *event;
  CHECK(!GetModuleHandleW(L"ole32.dll"));
  CHECK_EQ(COMBASE(CoInitializeEx)(NULL, COINIT_APARTMENTTHREADED), S_OK);
  CHECK_EQ(COMBASE(CoGetApartmentType)(&type, &qualifier), S_OK);
  CHECK_EQ(type, APTTYPE_MAINSTA);
  CHECK_EQ(COMBASE(CoCreateInstance)(&CLSID_ManualResetEvent, NULL, CLSCTX_INPROC_SERVER,
                                     &IID_ISynchronizeHandle, (void **)&event),
           S_OK);
  CHECK_EQ(event->lpVtbl->Release(event), 0);
  COMBASE(CoUninitialize)();
}

TEST(a_thread_is_in_the_same_apartment_for_combase_and_ole32)
{
  HMODULE ole32;
  __typeof__(&CoGetContextToken) context_token;
  ULONG_PTR by_combase, by_ole32;
  CHECK_EQ(COMBASE(CoInitializeEx)(NULL, COINIT_MULTITHREADED), S_OK);
  ole32 = LoadLibraryW(L"ole32.dll");
  CHECK(ole32);
  context_token = (void *)function_of(ole32, "CoGetContextToken");
  CHECK_EQ(COMBASE(CoGetContextToken)(&by_combase), S_OK);
  CHECK_EQ(context_token(&by_ole32), S_OK);
  CHECK_EQ(by_combase, by_ole32);
  COMBASE(CoUninitialize)();
}

/* What our ole32.dll owns is not there twice: what one counts, the other knows. */
TEST(what_ole32_owns_comes_from_there_by_combase_too)
{
  static const char *const owned[] = {
      "CoCancelCall",      "CoDisableCallCancellation", "CoEnableCallCancellation",
      "CoGetCancelObject", "CoGetClassObject",          "CoSetCancelObject",
      "CoTestCancel",      "CoWaitForMultipleHandles"};
  HMODULE ole32 = LoadLibraryW(L"ole32.dll");
  HMODULE wines = GetModuleHandleW(L"combase_wine.dll");
  __typeof__(&CoDisableCallCancellation) disable;
  CHECK(ole32 && wines);
  for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
    CHECK(function_of(combase(), owned[i]) != GetProcAddress(wines, owned[i]));
  disable = (void *)function_of(ole32, "CoDisableCallCancellation");
  CHECK_EQ(COMBASE(CoEnableCallCancellation)(NULL), S_OK);
  CHECK_EQ(disable(NULL), S_OK);
  CHECK_EQ(COMBASE(CoDisableCallCancellation)(NULL), CO_E_CANCEL_DISABLED);
}
