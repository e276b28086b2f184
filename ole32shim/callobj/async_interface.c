#include "async_interface.h"

#include <wchar.h>

#include "../original/original.h"

#define GUID_TEXT_LENGTH (sizeof("{01234567-0123-0123-0123-0123456789ab}"))

HRESULT async_interface_synchronous(REFIID async_iid, IID *iid)
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

HRESULT async_interface_factory(REFIID async_iid, IPSFactoryBuffer **factory)
{
  CLSID class_id;
  HRESULT result = original.CoGetPSClsid(async_iid, &class_id);

  return FAILED(result) ? result
                        : original.CoGetClassObject(&class_id, CLSCTX_INPROC_SERVER, NULL,
                                                    &IID_IPSFactoryBuffer, (void **)factory);
}
