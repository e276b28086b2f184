/*
 * The proxy DLLs of numbers.idl and of others, which lie beside the test program.
 */
#ifndef ASYNCSHIM_TESTS_PROXY_DLL_H
#define ASYNCSHIM_TESTS_PROXY_DLL_H

#include "harness.h"

/* Loads it. It stays until FreeLibrary. */
HMODULE proxy_dll_load(void);
/* Calls one of its functions without parameters: DllRegisterServer, DllCanUnloadNow. */
HRESULT proxy_dll_call(HMODULE module, const char *function);
/* Registers it and frees it again: COM loads it when it needs it. */
void proxy_dll_register(void);

/* The same for that of IDL.idl. */
HMODULE proxy_dll_load_of(const char *idl);
void proxy_dll_register_of(const char *idl);

#endif
