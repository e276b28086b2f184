#include "proxy_dll.h"

HMODULE proxy_dll_load(void)
{
  char path[MAX_PATH], *name;
  HMODULE module;

  CHECK(GetModuleFileNameA(NULL, path, MAX_PATH) < MAX_PATH);
  name = strrchr(path, '\\');
  CHECK(name && (size_t)(path + MAX_PATH - name) > sizeof("\\numbers_proxy.dll"));
  strcpy(name, "\\numbers_proxy.dll");
  module = LoadLibraryA(path);
  CHECK(module);
  return module;
}

HRESULT proxy_dll_call(HMODULE module, const char *function)
{
  HRESULT(WINAPI * address)
  (void) = (HRESULT(WINAPI *)(void))(void *)GetProcAddress(module, function);

  CHECK(address);
  return address();
}

void proxy_dll_register(void)
{
  HMODULE module = proxy_dll_load();

  CHECK_EQ(proxy_dll_call(module, "DllRegisterServer"), S_OK);
  FreeLibrary(module);
}
