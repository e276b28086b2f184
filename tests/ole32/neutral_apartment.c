/*
 * The neutral apartment has no thread of its own: whoever calls runs in it, so an object there
 * can be called while another call to it waits. This program is the in-process server of such a
 * class, for which it exports DllGetClassObject (neutral_apartment.def).
 */
#include <initguid.h>

#include "objects.h"

static const DWORD waiting_flags[] = {
    COWAIT_DEFAULT,
    COWAIT_ALERTABLE,
    COWAIT_DISPATCH_CALLS,
    COWAIT_DISPATCH_WINDOW_MESSAGES,
    COWAIT_ALERTABLE | COWAIT_DISPATCH_CALLS | COWAIT_DISPATCH_WINDOW_MESSAGES,
};
#define WAITING_FLAGS (sizeof(waiting_flags) / sizeof(waiting_flags[0]))

/* Long enough to see that the wait ends by itself. */
#define SHORT_WHILE 50

DEFINE_GUID(CLSID_NeutralProbe, 0x7c1b1d0e, 0x3c0f, 0x4a52, 0x9d, 0x0b, 0x5e, 0x6a, 0x58, 0x1c,
            0x0f, 0x21);
static struct probe neutral_probe;

static HRESULT WINAPI neutral_query_interface(IClassFactory *factory, REFIID iid, void **object)
{
  *object = NULL;
  if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IClassFactory))
    return E_NOINTERFACE;
  *object = factory;
  return S_OK;
}

static ULONG WINAPI neutral_count(IClassFactory *factory)
{
  (void)factory;
  return 1;
}

static HRESULT WINAPI neutral_create(IClassFactory *factory, IUnknown *outer, REFIID iid,
                                     void **object)
{
  (void)factory;
  (void)outer;
  probe_init(&neutral_probe, new_event());
  return ISynchronize_QueryInterface(&neutral_probe.synchronize, iid, object);
}

static HRESULT WINAPI neutral_lock(IClassFactory *factory, BOOL lock)
{
  (void)factory;
  (void)lock;
  return S_OK;
}

HRESULT WINAPI DllGetClassObject(REFCLSID class_id, REFIID iid, void **object)
{
  static IClassFactoryVtbl table = {neutral_query_interface, neutral_count, neutral_count,
                                    neutral_create, neutral_lock};
  static IClassFactory factory = {&table};
  (void)class_id;
  return neutral_query_interface(&factory, iid, object);
}

static void register_neutral(void)
{
  static const WCHAR key_name[] =
      L"Software\\Classes\\CLSID\\{7C1B1D0E-3C0F-4A52-9D0B-5E6A581C0F21}\\InprocServer32";
  static const WCHAR model[] = L"Neutral";
  WCHAR path[MAX_PATH];
  HKEY key;
  DWORD length = GetModuleFileNameW(NULL, path, MAX_PATH);
  CHECK(length && length < MAX_PATH);
  CHECK_EQ(RegCreateKeyExW(HKEY_LOCAL_MACHINE, key_name, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key,
                           NULL),
           ERROR_SUCCESS);
  CHECK_EQ(
      RegSetValueExW(key, NULL, 0, REG_SZ, (const BYTE *)path, (length + 1) * sizeof(WCHAR)),
      ERROR_SUCCESS);
  CHECK_EQ(
      RegSetValueExW(key, L"ThreadingModel", 0, REG_SZ, (const BYTE *)model, sizeof(model)),
      ERROR_SUCCESS);
  RegCloseKey(key);
}

static void signal_by_table(void *table)
{
  ISynchronize *proxy = NULL;
  CHECK_EQ(CoGetInterfaceAndReleaseStream(table, &IID_ISynchronize, (void **)&proxy), S_OK);
  CHECK_EQ(ISynchronize_Signal(proxy), S_OK);
  ISynchronize_Release(proxy);
}

static void wait_in_the_neutral_apartment(DWORD flags)
{
  ISynchronize *object = NULL;
  IStream *stream = NULL;
  struct apartment_thread caller;
  CHECK_EQ(CoCreateInstance(&CLSID_NeutralProbe, NULL, CLSCTX_INPROC_SERVER, &IID_ISynchronize,
                            (void **)&object),
           S_OK);
  CHECK_EQ(
      CoMarshalInterThreadInterfaceInStream(&IID_ISynchronize, (IUnknown *)object, &stream),
      S_OK);
  CHECK_EQ(ISynchronize_Wait(object, flags, SHORT_WHILE), RPC_S_CALLPENDING);
  apartment_start(&caller, MTA, signal_by_table, stream);
  CHECK_EQ(ISynchronize_Wait(object, flags, INFINITE), S_OK);
  apartment_join(&caller);
  CHECK_EQ(neutral_probe.signals, 1);
  ISynchronize_Release(object);
}

IN_MTA(an_object_of_the_neutral_apartment_can_be_called_while_it_waits)
{
  register_neutral();
  for (size_t i = 0; i < WAITING_FLAGS; i++)
    wait_in_the_neutral_apartment(waiting_flags[i]);
}
