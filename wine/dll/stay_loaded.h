/*
 * Our DLLs stay once they are attached, as their like does on Windows: threads may be in them
 * at any time, and DLLs that import each other in a circle (Wine's combase.dll and ole32.dll)
 * do not keep each other: Wine's loader forgets the references of the inner one, and unloads
 * one while the other is in use.
 */
#ifndef ASYNCSHIM_DLL_STAY_LOADED_H
#define ASYNCSHIM_DLL_STAY_LOADED_H

#include <stdbool.h>
#include <windows.h>

/* The DLL that has `address`, with all that it imports. For DllMain; false: not possible. */
bool stay_loaded(const void *address);
/* The same for a DLL by its name, which the caller imports. */
bool stay_loaded_too(const WCHAR *name);

#endif
