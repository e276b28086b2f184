/*
 * Functions of other DLLs, Wine's own among them, that ours find at run time. What is missing
 * is said by OutputDebugString. Any thread, DllMain too.
 */
#ifndef ASYNCSHIM_DLL_FOREIGN_FUNCTION_H
#define ASYNCSHIM_DLL_FOREIGN_FUNCTION_H

#include <stdbool.h>
#include <windows.h>

/* NULL: it is not there. */
HMODULE foreign_dll_load(const char *name);
/* *function, a pointer to a function of that type; false: the module is NULL or lacks it, and
 * *function is NULL. */
bool foreign_function_find(HMODULE module, const char *name, void *function);

#endif
