/*
 * Registration of a proxy DLL with asynchronous interfaces, and its class object.
 */
#include "numbers_object.h"
#include "proxy_dll.h"

#include <wchar.h>

/* The text of Interface\{iid}\NAME, or "" where there is none. */
static const WCHAR *interface_key(REFIID iid, const WCHAR *name)
{
  static WCHAR text[64];
  WCHAR key[128], iid_text[64];
  LONG size = sizeof(text);

  text[0] = 0;
  CHECK(StringFromGUID2(iid, iid_text, 64));
  swprintf(key, 128, L"Interface\\%ls\\%ls", iid_text, name);
  return RegQueryValueW(HKEY_CLASSES_ROOT, key, text, &size) == ERROR_SUCCESS ? text : L"";
}

static void check_twins(REFIID synchronous, REFIID asynchronous)
{
  WCHAR text[64];

  CHECK(StringFromGUID2(asynchronous, text, 64));
  CHECK_WIDE_EQ(interface_key(synchronous, L"AsynchronousInterface"), text);
  CHECK(StringFromGUID2(synchronous, text, 64));
  CHECK_WIDE_EQ(interface_key(asynchronous, L"SynchronousInterface"), text);
  CHECK_WIDE_EQ(interface_key(synchronous, L"SynchronousInterface"), L"");
  CHECK_WIDE_EQ(interface_key(asynchronous, L"AsynchronousInterface"), L"");
}

TEST(registration_ties_each_interface_to_its_asynchronous_twin)
{
  proxy_dll_register();
  check_twins(&IID_IBefore, &IID_AsyncIBefore);
  check_twins(&IID_INumbers, &IID_AsyncINumbers);
  CHECK_WIDE_EQ(interface_key(&IID_IPlain, L"AsynchronousInterface"), L"");
  CHECK_WIDE_EQ(interface_key(&IID_IPlain, L"NumMethods"), L"4");
}

TEST(removing_the_registration_removes_the_ties)
{
  HMODULE module = proxy_dll_load();

  CHECK_EQ(proxy_dll_call(module, "DllRegisterServer"), S_OK);
  CHECK_EQ(proxy_dll_call(module, "DllUnregisterServer"), S_OK);
  CHECK_WIDE_EQ(interface_key(&IID_INumbers, L"AsynchronousInterface"), L"");
  CHECK_WIDE_EQ(interface_key(&IID_AsyncINumbers, L"SynchronousInterface"), L"");
  CHECK_WIDE_EQ(interface_key(&IID_AsyncINumbers, L"ProxyStubClsid32"), L"");
  FreeLibrary(module);
}

typedef HRESULT(WINAPI *get_class_object_fn)(REFCLSID class_id, REFIID iid, void **object);

static IPSFactoryBuffer *class_object_of(HMODULE module)
{
  get_class_object_fn get =
      (get_class_object_fn)(void *)GetProcAddress(module, "DllGetClassObject");
  IPSFactoryBuffer *factory;

  CHECK(get);
  CHECK_EQ(get(&IID_IPlain, &IID_IClassFactory, (void **)&factory), E_NOINTERFACE);
  CHECK(!factory);
  CHECK_EQ(get(&CLSID_NULL, &IID_IPSFactoryBuffer, (void **)&factory),
           CLASS_E_CLASSNOTAVAILABLE);
  CHECK(!factory);
  CHECK_EQ(get(&IID_INumbers, &IID_IPSFactoryBuffer, (void **)&factory), S_OK);
  return factory;
}

TEST(the_class_object_says_when_the_dll_can_be_unloaded)
{
  struct numbers_object object;
  HMODULE module = proxy_dll_load();

  numbers_object_init(&object);
  CHECK_EQ(proxy_dll_call(module, "DllCanUnloadNow"), S_OK);
  for (int round = 0; round < 3; round++) {
    IPSFactoryBuffer *factory = class_object_of(module);
    IRpcStubBuffer *stub;

    CHECK_EQ(proxy_dll_call(module, "DllCanUnloadNow"), S_FALSE);
    CHECK_EQ(
        IPSFactoryBuffer_CreateStub(factory, &IID_INumbers, (IUnknown *)&object.numbers, &stub),
        S_OK);
    CHECK_EQ(object.references, 2);
    IPSFactoryBuffer_Release(factory);
    CHECK_EQ(proxy_dll_call(module, "DllCanUnloadNow"), S_FALSE);
    IRpcStubBuffer_Disconnect(stub);
    CHECK_EQ(object.references, 1);
    CHECK_EQ(IRpcStubBuffer_Release(stub), 0);
    CHECK_EQ(proxy_dll_call(module, "DllCanUnloadNow"), S_OK);
  }
  FreeLibrary(module);
}

TEST(an_asynchronous_interface_has_no_stub)
{
  HMODULE module = proxy_dll_load();
  IPSFactoryBuffer *factory = class_object_of(module);
  struct numbers_object object;
  IRpcStubBuffer *stub;

  numbers_object_init(&object);
  CHECK_EQ(IPSFactoryBuffer_CreateStub(factory, &IID_AsyncINumbers, (IUnknown *)&object.numbers,
                                       &stub),
           E_NOINTERFACE);
  CHECK_EQ(object.references, 1);
  IPSFactoryBuffer_Release(factory);
  FreeLibrary(module);
}
