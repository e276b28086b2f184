#include "../engine/engine.h"
#include "rpc_objects.h"

/*
 * *uuid: a new one (Microsoft, UuidCreate). RPC_S_OK; RPC_S_UUID_LOCAL_ONLY: unique on this
 * machine; RPC_S_UUID_NO_ADDRESS: none. Any thread.
 */
RPC_STATUS RPC_ENTRY UuidCreate(UUID *uuid)
{
  RPC_STATUS status = engine.UuidCreate(uuid);

  if (status == RPC_S_OK || status == RPC_S_UUID_LOCAL_ONLY)
    rpc_objects_made_uuid(uuid);
  return status;
}
