#include "class_servers.h"

#include <stdlib.h>
#include <string.h>

#include "../seh/guard.h"
#include "server_connection.h"

/* Of Irpcss, the same in Wine 8 and 10. */
enum opnum { SERVER_REGISTER, SERVER_REVOKE, GET_CLASS_OBJECT };

struct registration {
  struct registration *next;
  uint32_t cookie;
  HANDLE process;
};

static SRWLOCK lock = SRWLOCK_INIT;
static struct registration *first; /* lock */

bool class_servers_are_in(const RPC_SERVER_INTERFACE *spec)
{
  static const GUID irpcss = {
      0x85da4974, 0xedc7, 0x40ff, {0xba, 0xd4, 0x9c, 0x45, 0x25, 0xa8, 0xd0, 0x44}};

  return !memcmp(&spec->InterfaceId.SyntaxGUID, &irpcss, sizeof(irpcss)) &&
         spec->DispatchTable && spec->DispatchTable->DispatchTableCount > GET_CLASS_OBJECT;
}

static void free_registration(struct registration *registration)
{
  CloseHandle(registration->process);
  free(registration);
}

static void remember(struct server_call *call, uint32_t cookie)
{
  struct registration *registration = calloc(1, sizeof(*registration));
  DWORD id;

  if (!registration)
    return;
  registration->cookie = cookie;
  if (stream_peer_process(&call->connection->stream, &id))
    registration->process = OpenProcess(SYNCHRONIZE, FALSE, id);
  if (!registration->process) {
    free(registration);
    return;
  }
  AcquireSRWLockExclusive(&lock);
  registration->next = first;
  first = registration;
  ReleaseSRWLockExclusive(&lock);
}

static bool is_dead(const struct registration *registration, uint32_t unused)
{
  (void)unused;
  return WaitForSingleObject(registration->process, 0) == WAIT_OBJECT_0;
}

static bool has_cookie(const struct registration *registration, uint32_t cookie)
{
  return registration->cookie == cookie;
}

/* NULL: there is none of which it is true. */
static struct registration *take(bool (*which)(const struct registration *, uint32_t),
                                 uint32_t cookie)
{
  struct registration **link = &first, *found;

  AcquireSRWLockExclusive(&lock);
  while (*link && !which(*link, cookie))
    link = &(*link)->next;
  found = *link;
  if (found)
    *link = found->next;
  ReleaseSRWLockExclusive(&lock);
  return found;
}

struct revocation {
  RPC_DISPATCH_FUNCTION routine;
  RPC_MESSAGE message;
};

static void run_revocation(void *context)
{
  struct revocation *revocation = context;

  revocation->routine(&revocation->message);
}

/* As if the call were one of the revoking routine: its reply goes with the next one's. */
static void revoke(struct server_call *call, uint32_t cookie)
{
  const RPC_DISPATCH_TABLE *table = call->server_interface->spec->DispatchTable;
  struct revocation revocation = {table->DispatchTable[SERVER_REVOKE], call->message};
  DWORD code;

  revocation.message.Buffer = &cookie;
  revocation.message.BufferLength = sizeof(cookie);
  revocation.message.DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION;
  revocation.message.ProcNum = SERVER_REVOKE;
  guarded_call(run_revocation, NULL, &revocation, &code);
}

void class_servers_before(struct server_call *call)
{
  struct registration *registration;
  uint32_t cookie;

  if (call->opnum == GET_CLASS_OBJECT) {
    while ((registration = take(is_dead, 0))) {
      revoke(call, registration->cookie);
      free_registration(registration);
    }
  } else if (call->opnum == SERVER_REVOKE && call->message.BufferLength >= sizeof(cookie)) {
    memcpy(&cookie, call->message.Buffer, sizeof(cookie));
    registration = take(has_cookie, cookie);
    if (registration)
      free_registration(registration);
  }
}

void class_servers_after(struct server_call *call)
{
  struct {
    uint32_t cookie;
    HRESULT result;
  } reply;

  if (call->opnum != SERVER_REGISTER || call->message.BufferLength < sizeof(reply))
    return;
  memcpy(&reply, call->message.Buffer, sizeof(reply));
  if (SUCCEEDED(reply.result))
    remember(call, reply.cookie);
}
