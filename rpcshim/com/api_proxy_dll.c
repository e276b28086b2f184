/*
 * What a proxy DLL calls: its class object, and its registration. Removing that needs nothing
 * of ours: NdrDllUnregisterProxy deletes the keys of the interfaces with all that is below
 * them. And what oleaut32 calls for the interfaces of type libraries.
 */
#include <wchar.h>

#include "../engine/engine.h"
#include "error_hook.h"
#include "proxy_factory.h"
#include "stub_invoke.h"
#include "typelib_stub.h"

HRESULT WINAPI NdrDllGetClassObject(REFCLSID class_id, REFIID iid, void **object,
                                    const ProxyFileInfo **files, const CLSID *own_class_id,
                                    CStdPSFactoryBuffer *factory)
{
  error_hook_register();
  if (proxy_files_are_async(files))
    return proxy_factory_get(class_id, iid, object, files, own_class_id, factory);
  if (!factory->lpVtbl)
    stub_invoke_fill(files);
  return engine.NdrDllGetClassObject(class_id, iid, object, files, own_class_id, factory);
}

HRESULT WINAPI NdrDllCanUnloadNow(CStdPSFactoryBuffer *factory)
{
  return proxy_factory_can_unload(factory);
}

/* Old compilers have it in their tables of stub methods. */
HRESULT STDMETHODCALLTYPE CStdStubBuffer_Invoke(IRpcStubBuffer *stub, RPCOLEMESSAGE *message,
                                                IRpcChannelBuffer *channel)
{
  return stub_invoke(stub, message, channel);
}

HRESULT WINAPI CreateStubFromTypeInfo(ITypeInfo *type, REFIID iid, IUnknown *server,
                                      IRpcStubBuffer **stub)
{
  IRpcStubBuffer *inner = NULL;
  HRESULT result;

  *stub = NULL;
  result = engine.CreateStubFromTypeInfo(type, iid, server, &inner);
  if (FAILED(result))
    return result;
  result = typelib_stub_create(inner, iid, stub);
  if (FAILED(result))
    IRpcStubBuffer_Release(inner);
  return result;
}

#define GUID_TEXT 39 /* with braces, and the NUL */

static void guid_text(const GUID *guid, WCHAR text[GUID_TEXT])
{
  const unsigned char *last = guid->Data4;

  _snwprintf(text, GUID_TEXT, L"{%08lX-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}",
             guid->Data1, guid->Data2, guid->Data3, last[0], last[1], last[2], last[3], last[4],
             last[5], last[6], last[7]);
}

/* Interface\{iid}\NAME = {twin} */
static LSTATUS write_twin(const IID *iid, const WCHAR *name, const IID *twin)
{
  WCHAR key_name[128], iid_text[GUID_TEXT], twin_text[GUID_TEXT];
  HKEY key;
  LSTATUS status;

  guid_text(iid, iid_text);
  guid_text(twin, twin_text);
  _snwprintf(key_name, sizeof(key_name) / sizeof(key_name[0]), L"Interface\\%ls\\%ls", iid_text,
             name);
  status =
      RegCreateKeyExW(HKEY_CLASSES_ROOT, key_name, 0, NULL, 0, KEY_WRITE, NULL, &key, NULL);
  if (status != ERROR_SUCCESS)
    return status;
  status =
      RegSetValueExW(key, NULL, 0, REG_SZ, (const BYTE *)twin_text, GUID_TEXT * sizeof(WCHAR));
  RegCloseKey(key);
  return status;
}

static LSTATUS write_twins(const ProxyFileInfo *file)
{
  struct async_interface found;
  LSTATUS status = ERROR_SUCCESS;

  for (unsigned int i = 0; i < file->TableSize && status == ERROR_SUCCESS; i++) {
    if (!async_interface_at(file, i, &found))
      continue;
    status = write_twin(found.synchronous, L"AsynchronousInterface", found.asynchronous);
    if (status == ERROR_SUCCESS)
      status = write_twin(found.asynchronous, L"SynchronousInterface", found.synchronous);
  }
  return status;
}

HRESULT WINAPI NdrDllRegisterProxy(HMODULE module, const ProxyFileInfo **files,
                                   const CLSID *class_id)
{
  HRESULT result = engine.NdrDllRegisterProxy(module, files, class_id);
  LSTATUS status = ERROR_SUCCESS;

  if (FAILED(result))
    return result;
  for (; *files && status == ERROR_SUCCESS; files++) {
    if (proxy_file_is_async(*files))
      status = write_twins(*files);
  }
  return HRESULT_FROM_WIN32(status);
}
