/* Imports from rpcrt4.dll; OWN_FIRST: what is asyncshim's own comes before what is forwarded to
 * Wine's. */
#include "importer.h"

#include <windows.h>
#include <rpc.h>

#include "import_table.h"

#if OWN_FIRST
#define FUNCTIONS(X) X(UuidCreate) X(UuidToStringA) X(RpcStringFreeA)
#else
#define FUNCTIONS(X) X(UuidToStringA) X(RpcStringFreeA) X(UuidCreate)
#endif

ASYNCSHIM_DECLARE_IMPORT_TABLE(imported, FUNCTIONS);
ASYNCSHIM_IMPORT_TABLE(imported, "rpcrt4.dll", FUNCTIONS)

bool importer_use(void)
{
  UUID uuid;
  RPC_CSTR text = NULL;

  return imported.UuidCreate(&uuid) == RPC_S_OK &&
         imported.UuidToStringA(&uuid, &text) == RPC_S_OK &&
         imported.RpcStringFreeA(&text) == RPC_S_OK;
}
