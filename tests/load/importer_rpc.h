/* Imports from rpcrt4.dll; OWN_FIRST: what is asyncshim's own comes before what is forwarded to
 * Wine's. */
#ifndef ASYNCSHIM_TESTS_LOAD_IMPORTER_RPC_H
#define ASYNCSHIM_TESTS_LOAD_IMPORTER_RPC_H

#include <windows.h>
#include <rpc.h>

#include "import_table.h"

#if OWN_FIRST
#define FUNCTIONS(X) X(UuidCreate) X(UuidToStringA) X(RpcStringFreeA)
#else
#define FUNCTIONS(X) X(UuidToStringA) X(RpcStringFreeA) X(UuidCreate)
#endif

ASYNCSHIM_DECLARE_IMPORT_TABLE(imported, FUNCTIONS);

#endif
