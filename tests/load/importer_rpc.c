#include "importer_rpc.h"

#include "importer.h"

bool importer_use(void)
{
  UUID uuid;
  RPC_CSTR text = NULL;

  return imported.UuidCreate(&uuid) == RPC_S_OK &&
         imported.UuidToStringA(&uuid, &text) == RPC_S_OK &&
         imported.RpcStringFreeA(&text) == RPC_S_OK;
}
