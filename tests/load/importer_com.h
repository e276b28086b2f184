/* Imports from one DLL, FROM, which is ole32.dll or combase.dll; OWN_FIRST: what is asyncshim's
 * own comes before what is forwarded to Wine's. */
#ifndef ASYNCSHIM_TESTS_LOAD_IMPORTER_COM_H
#define ASYNCSHIM_TESTS_LOAD_IMPORTER_COM_H

#include <windows.h>
#include <objbase.h>

#include "import_table.h"

#if OWN_FIRST
#define FUNCTIONS(X) X(CoWaitForMultipleHandles) X(CoTaskMemAlloc) X(CoTaskMemFree)
#else
#define FUNCTIONS(X) X(CoTaskMemAlloc) X(CoTaskMemFree) X(CoWaitForMultipleHandles)
#endif

ASYNCSHIM_DECLARE_IMPORT_TABLE(imported, FUNCTIONS);

#endif
