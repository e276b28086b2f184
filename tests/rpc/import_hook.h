/*
 * Faults of the system's functions: what a DLL imports is replaced, in this process only.
 */
#ifndef ASYNCSHIM_TESTS_IMPORT_HOOK_H
#define ASYNCSHIM_TESTS_IMPORT_HOOK_H

#include "../harness/harness.h"

/* Makes `module` call `replacement` where it imports `name`. Fails the test where it does not.
 * What it called before. */
FARPROC import_replace(HMODULE module, const char *name, FARPROC replacement);

#endif
