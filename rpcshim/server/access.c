#include "access.h"

#include "../../include/asyncshim/rpc.h"
#include "../security/access_descriptor.h"
#include "../seh/guard.h"
#include "client_identity.h"
#include "server_connection.h"

/* What the flags say of a client that nobody knows. */
static bool admits_unknown(const struct server_interface *server_interface)
{
  unsigned int flags = server_interface->flags;

  if (flags & (RPC_IF_ALLOW_LOCAL_ONLY | RPC_IF_ALLOW_SECURE_ONLY | RPC_IF_OLE) ||
      server_interface->is_class_table)
    return false;
  return !server_interface->security_callback || flags & RPC_IF_ALLOW_CALLBACKS_WITH_NO_AUTH;
}

static bool descriptor_admits(struct server_call *call, bool is_known)
{
  SECURITY_DESCRIPTOR *descriptor = call->server_interface->security_descriptor;
  struct identity *identity = NULL;
  bool admitted;

  if (!descriptor)
    return true;
  if (is_known && client_identity(call, &identity) != RPC_S_OK)
    return false;
  admitted = access_descriptor_admits(descriptor, identity);
  identity_release(identity);
  return admitted;
}

/* ---- the callback ---- */

struct security_check {
  RPC_IF_CALLBACK_FN *callback;
  RPC_IF_ID id;
  RPC_BINDING_HANDLE handle;
  RPC_STATUS status;
};

static void run_security_callback(void *context)
{
  struct security_check *check = context;

  check->status = check->callback((RPC_IF_HANDLE)&check->id, check->handle);
}

/* RpcServerRegisterIfEx: anything but RPC_S_OK from the callback denies access. */
static bool callback_admits(struct server_call *call)
{
  const RPC_SYNTAX_IDENTIFIER *id = &call->server_interface->spec->InterfaceId;
  struct security_check check = {
      call->server_interface->security_callback,
      {id->SyntaxGUID, id->SyntaxVersion.MajorVersion, id->SyntaxVersion.MinorVersion},
      call->message.Handle,
      RPC_S_OK,
  };
  DWORD code;
  bool returned;

  if (!check.callback)
    return true;
  returned = guarded_call(run_security_callback, NULL, &check, &code);
  client_impersonation_end();
  return returned && check.status == RPC_S_OK;
}

/* ---- what has been granted before ---- */

static unsigned int procedure_of(const struct server_call *call)
{
  return call->server_interface->flags & RPC_IF_SEC_CACHE_PER_PROC ? call->opnum
                                                                   : EVERY_PROCEDURE;
}

static bool was_granted(struct server_call *call)
{
  struct server_connection *connection = call->connection;
  bool granted;

  AcquireSRWLockShared(&connection->lock);
  granted = admissions_have(&connection->admissions, call->server_interface->registration,
                            procedure_of(call));
  ReleaseSRWLockShared(&connection->lock);
  return granted;
}

static void remember(struct server_call *call)
{
  struct server_connection *connection = call->connection;

  AcquireSRWLockExclusive(&connection->lock);
  admissions_add(&connection->admissions, call->server_interface->registration,
                 procedure_of(call));
  ReleaseSRWLockExclusive(&connection->lock);
}

bool access_is_granted(struct server_call *call)
{
  const struct server_interface *server_interface = call->server_interface;
  bool is_known = client_is_known(call), granted, keep;

  if (!is_known && !admits_unknown(server_interface))
    return false;
  if (!server_interface->security_descriptor && !server_interface->security_callback)
    return true;
  keep = is_known && !(server_interface->flags & RPC_IF_SEC_NO_CACHE);
  if (keep && was_granted(call))
    return true;
  granted = descriptor_admits(call, is_known) && callback_admits(call);
  if (granted && keep)
    remember(call);
  return granted;
}
