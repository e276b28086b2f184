/*
 * Wine's own DLLs and programs, which rely on what its runtime lets pass and Windows does not:
 * msi.dll opens its endpoint and registers its interface once for each package of a process.
 */
#ifndef ASYNCSHIM_SERVER_WINE_MODULE_H
#define ASYNCSHIM_SERVER_WINE_MODULE_H

#include <stdbool.h>

/* Is that address, of code or data, in a module that Wine has built? Any thread. */
bool is_in_wine_module(const void *address);

#endif
