#include "../engine/engine.h"
#include "rpc_objects.h"

/*
 * *uuid: a new one (Microsoft, UuidCreate). RPC_S_OK; RPC_S_UUID_LOCAL_ONLY: unique on this
 * machine; RPC_S_UUID_NO_ADDRESS: none; RPC_S_INVALID_ARG. Any thread.
 */
RPC_STATUS RPC_ENTRY UuidCreate(UUID *uuid)
{
  RPC_STATUS status;

  if (!uuid)
    return RPC_S_INVALID_ARG;
  status = engine.UuidCreate(uuid);
  if (status == RPC_S_OK || status == RPC_S_UUID_LOCAL_ONLY)
    rpc_objects_made_uuid(uuid);
  return status;
}
