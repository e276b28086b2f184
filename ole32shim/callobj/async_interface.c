#include "async_interface.h"

#include <wchar.h>

#include "../../rpcshim/com/twin_lookup.h"
#include "../original/original.h"

#define GUID_TEXT_LENGTH (sizeof("{01234567-0123-0123-0123-0123456789ab}"))

static HRESULT read_synchronous(REFIID async_iid, IID *iid)
{
  WCHAR text[GUID_TEXT_LENGTH];
  WCHAR key[sizeof("Interface\\\\SynchronousInterface") + GUID_TEXT_LENGTH];
  DWORD size = sizeof(text);

  if (!original.StringFromGUID2(async_iid, text, GUID_TEXT_LENGTH))
    return E_NOINTERFACE;
  swprintf(key, sizeof(key) / sizeof(key[0]), L"Interface\\%ls\\SynchronousInterface", text);
  if (RegGetValueW(HKEY_CLASSES_ROOT, key, NULL, RRF_RT_REG_SZ, NULL, text, &size) !=
          ERROR_SUCCESS ||
      FAILED(original.IIDFromString(text, iid)))
    return E_NOINTERFACE;
  return S_OK;
}

static HRESULT ask_factory(REFIID async_iid, IID *iid)
{
  struct twin_lookup *lookup;
  IPSFactoryBuffer *factory;
  HRESULT result = async_interface_factory(async_iid, &factory);

  if (FAILED(result))
    return E_NOINTERFACE;
  result = factory->lpVtbl->QueryInterface(factory, &IID_TWIN_LOOKUP, (void **)&lookup);
  if (SUCCEEDED(result)) {
    /* A program's own class object may say yes to everything, and give itself. */
    result = (void *)lookup == (void *)factory
                 ? E_NOINTERFACE
                 : lookup->methods->find_synchronous(lookup, factory, async_iid, iid);
    lookup->methods->release(lookup);
  }
  factory->lpVtbl->Release(factory);
  return SUCCEEDED(result) ? S_OK : E_NOINTERFACE;
}

HRESULT async_interface_synchronous(REFIID async_iid, IID *iid)
{
  HRESULT result = read_synchronous(async_iid, iid);

  return FAILED(result) ? ask_factory(async_iid, iid) : result;
}

HRESULT async_interface_factory(REFIID async_iid, IPSFactoryBuffer **factory)
{
  CLSID class_id;
  HRESULT result = original.CoGetPSClsid(async_iid, &class_id);

  return FAILED(result) ? result
                        : original_get_class_object(&class_id, CLSCTX_INPROC_SERVER, NULL,
                                                    &IID_IPSFactoryBuffer, (void **)factory);
}
