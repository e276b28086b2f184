#include "proxy_dll.h"

HMODULE proxy_dll_load_of(const char *idl)
{
  char path[MAX_PATH], *name;
  HMODULE module;

  CHECK(GetModuleFileNameA(NULL, path, MAX_PATH) < MAX_PATH);
  name = strrchr(path, '\\');
  CHECK(name);
  CHECK(snprintf(name, path + MAX_PATH - name, "\\%s_proxy.dll", idl) < path + MAX_PATH - name);
  module = LoadLibraryA(path);
  CHECK(module);
  return module;
}

HMODULE proxy_dll_load(void)
{
  return proxy_dll_load_of("numbers");
}

HRESULT proxy_dll_call(HMODULE module, const char *function)
{
  HRESULT(WINAPI * address)
  (void) = (HRESULT(WINAPI *)(void))(void *)GetProcAddress(module, function);

  CHECK(address);
  return address();
}

void proxy_dll_register_of(const char *idl)
{
  HMODULE module = proxy_dll_load_of(idl);

  CHECK_EQ(proxy_dll_call(module, "DllRegisterServer"), S_OK);
  FreeLibrary(module);
}

void proxy_dll_register(void)
{
  proxy_dll_register_of("numbers");
}
