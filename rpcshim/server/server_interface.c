#include "server_interface.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "class_servers.h"
#include "server_association.h"
#include "wine_module.h"

struct object_type {
  struct object_type *next;
  UUID object;
  UUID type;
};

static SRWLOCK lock = SRWLOCK_INIT;
static CONDITION_VARIABLE changed = CONDITION_VARIABLE_INIT; /* a count has come to 0 */
static struct server_interface *interfaces;                  /* newest first */
static uint32_t last_registration;
static struct object_type *object_types;
static RPC_OBJECT_INQ_FN *object_inquiry;

static const UUID nil_uuid;

static bool same_uuid(const UUID *a, const UUID *b)
{
  return !memcmp(a ? a : &nil_uuid, b ? b : &nil_uuid, sizeof(UUID));
}

_Static_assert(sizeof(struct syntax_id) == sizeof(RPC_SYNTAX_IDENTIFIER), "same layout");

static bool same_syntax(const RPC_SYNTAX_IDENTIFIER *a, const struct syntax_id *b)
{
  return !memcmp(a, b, sizeof(*a));
}

/* C706 12.6.3: the client's minor version may be lower than the server's. */
static bool serves(const struct server_interface *entry, const struct syntax_id *interface_id)
{
  const RPC_SYNTAX_IDENTIFIER *id = &entry->spec->InterfaceId;

  return !memcmp(&id->SyntaxGUID, &interface_id->uuid, sizeof(UUID)) &&
         id->SyntaxVersion.MajorVersion == interface_id->major &&
         id->SyntaxVersion.MinorVersion >= interface_id->minor;
}

/* lock held exclusively */
static void unreference(struct server_interface *entry)
{
  if (--entry->references)
    return;
  free(entry->security_descriptor);
  free(entry);
}

/* lock held: the entry for the same interface and type, or NULL. */
static struct server_interface *find_same(const struct server_interface *entry)
{
  struct server_interface *other = interfaces;

  while (other && !(!memcmp(&other->spec->InterfaceId, &entry->spec->InterfaceId,
                            sizeof(entry->spec->InterfaceId)) &&
                    same_uuid(&other->manager_type, &entry->manager_type)))
    other = other->next;
  return other;
}

RPC_STATUS server_interface_register(RPC_SERVER_INTERFACE *spec, const UUID *manager_type,
                                     RPC_MGR_EPV *manager_epv, unsigned int flags,
                                     unsigned int max_calls, unsigned int max_rpc_size,
                                     RPC_IF_CALLBACK_FN *security_callback,
                                     SECURITY_DESCRIPTOR *security_descriptor)
{
  struct server_interface *entry = calloc(1, sizeof(*entry));
  struct server_interface *same;
  bool is_wines = is_in_wine_module(spec); /* asks the loader: not under the lock */
  RPC_STATUS status = RPC_S_OK;

  if (!entry) {
    free(security_descriptor);
    return RPC_S_OUT_OF_MEMORY;
  }
  entry->references = 1;
  entry->given_spec = spec;
  entry->own_spec = *spec;
  entry->spec = &entry->own_spec;
  entry->is_class_table = class_servers_are_in(spec);
  entry->manager_type = manager_type ? *manager_type : nil_uuid;
  entry->manager_epv = manager_epv ? manager_epv : spec->DefaultManagerEpv;
  entry->flags = flags;
  entry->max_calls = max_calls;
  entry->max_rpc_size = max_rpc_size;
  entry->security_callback = security_callback;
  entry->security_descriptor = security_descriptor;
  AcquireSRWLockExclusive(&lock);
  same = find_same(entry);
  if (same) {
    if (same->given_spec == spec && is_wines)
      same->repeated++;
    else
      status = RPC_S_TYPE_ALREADY_REGISTERED;
    unreference(entry);
  } else {
    entry->registration = ++last_registration;
    entry->next = interfaces;
    interfaces = entry;
  }
  ReleaseSRWLockExclusive(&lock);
  return status;
}

/* Copied from what the caller points to, before there is a lock to be held. */
struct wanted {
  bool any_interface, any_type;
  RPC_SYNTAX_IDENTIFIER id;
  UUID manager_type;
};

static bool matches(const struct server_interface *entry, const struct wanted *wanted)
{
  if (wanted->any_interface && entry->flags & RPC_IF_AUTOLISTEN)
    return false;
  return (wanted->any_interface ||
          !memcmp(&wanted->id, &entry->spec->InterfaceId, sizeof(wanted->id))) &&
         (wanted->any_type || same_uuid(&wanted->manager_type, &entry->manager_type));
}

/* Takes out one that matches, newest first; the registry's reference goes to the caller. */
static struct server_interface *take_out(const struct wanted *wanted)
{
  struct server_interface *entry = NULL;

  AcquireSRWLockExclusive(&lock);
  for (struct server_interface **link = &interfaces; *link; link = &(*link)->next) {
    if (!matches(*link, wanted))
      continue;
    entry = *link;
    *link = entry->next;
    break;
  }
  ReleaseSRWLockExclusive(&lock);
  return entry;
}

/* What may still be called of an interface that is in the registry no more. */
static void wait_for_calls(struct server_interface *entry)
{
  AcquireSRWLockExclusive(&lock);
  while (entry->calls || entry->entered)
    SleepConditionVariableSRW(&changed, &lock, INFINITE, 0);
  ReleaseSRWLockExclusive(&lock);
}

/* Another thread may be running some of them down, and a call of another interface may use one.
 */
static void wait_for_contexts(struct server_interface *entry)
{
  AcquireSRWLockExclusive(&lock);
  while (entry->contexts)
    SleepConditionVariableSRW(&changed, &lock, INFINITE, 0);
  ReleaseSRWLockExclusive(&lock);
}

static void forbid_rundown(struct server_interface *entry)
{
  AcquireSRWLockExclusive(&lock);
  entry->gone = true;
  ReleaseSRWLockExclusive(&lock);
}

static void finish(struct server_interface *entry, enum unregistering how)
{
  if (how == UNREGISTER_AT_ONCE || entry->flags & RPC_IF_OLE)
    return;
  if (how == UNREGISTER_WITHOUT_RUNDOWN)
    forbid_rundown(entry);
  wait_for_calls(entry);
  if (how == UNREGISTER_AFTER_CALLS)
    return;
  server_association_end_contexts(entry);
  if (how == UNREGISTER_WITH_RUNDOWN)
    wait_for_contexts(entry);
}

/* One that was registered more than once loses no more than that. */
static bool forget_repetition(const struct wanted *wanted, unsigned int *auto_listen)
{
  struct server_interface *entry;
  bool repeated;

  AcquireSRWLockExclusive(&lock);
  for (entry = interfaces; entry && !matches(entry, wanted);)
    entry = entry->next;
  repeated = !wanted->any_interface && entry && entry->repeated;
  if (repeated) {
    entry->repeated--;
    *auto_listen = entry->flags & RPC_IF_AUTOLISTEN ? 1 : 0;
  }
  ReleaseSRWLockExclusive(&lock);
  return repeated;
}

RPC_STATUS server_interface_unregister(RPC_SERVER_INTERFACE *spec, const UUID *manager_type,
                                       enum unregistering how, unsigned int *auto_listen)
{
  struct wanted wanted = {.any_interface = !spec, .any_type = !manager_type};
  struct server_interface *entry;
  bool found = false;

  *auto_listen = 0;
  if (spec)
    wanted.id = spec->InterfaceId;
  if (manager_type)
    wanted.manager_type = *manager_type;
  if (forget_repetition(&wanted, auto_listen))
    return RPC_S_OK;
  while ((entry = take_out(&wanted))) {
    found = true;
    if (entry->flags & RPC_IF_AUTOLISTEN)
      ++*auto_listen;
    finish(entry, how);
    AcquireSRWLockExclusive(&lock);
    unreference(entry);
    ReleaseSRWLockExclusive(&lock);
  }
  return found ? RPC_S_OK : RPC_S_UNKNOWN_IF;
}

enum context_reason server_interface_negotiate(const struct syntax_id *interface_id,
                                               const struct syntax_id *transfers,
                                               unsigned int transfer_count,
                                               unsigned int *transfer, bool *accepted)
{
  enum context_reason reason = REASON_ABSTRACT_SYNTAX_NOT_SUPPORTED;

  *accepted = false;
  AcquireSRWLockShared(&lock);
  for (struct server_interface *entry = interfaces; entry && !*accepted; entry = entry->next) {
    if (!serves(entry, interface_id))
      continue;
    reason = REASON_TRANSFER_SYNTAXES_NOT_SUPPORTED;
    for (unsigned int i = 0; i < transfer_count && !*accepted; i++) {
      /* DCE NDR is what the interpreter speaks; MIDL puts NDR64 first in interfaces that have
       * both. */
      if (same_syntax(&entry->spec->TransferSyntax, &transfers[i]) ||
          (syntax_equal(&transfers[i], &syntax_ndr) && entry->spec->InterpreterInfo)) {
        *transfer = i;
        *accepted = true;
        reason = REASON_NOT_SPECIFIED;
      }
    }
  }
  ReleaseSRWLockShared(&lock);
  return reason;
}

/* lock held; the manager type of an object. */
static UUID type_of(const UUID *object)
{
  for (const struct object_type *entry = object_types; entry; entry = entry->next)
    if (same_uuid(&entry->object, object))
      return entry->type;
  return nil_uuid;
}

struct server_interface *server_interface_begin_call(const struct syntax_id *interface_id,
                                                     const UUID *object)
{
  struct server_interface *entry;
  UUID type;
  UUID found;

  if (object && object_type_inquire(object, &found) == RPC_S_OK)
    type = found;
  else
    type = nil_uuid;
  AcquireSRWLockExclusive(&lock);
  for (entry = interfaces; entry; entry = entry->next)
    if (serves(entry, interface_id) && same_uuid(&entry->manager_type, &type))
      break;
  if (entry) {
    entry->references++;
    entry->calls++;
  }
  ReleaseSRWLockExclusive(&lock);
  return entry;
}

unsigned int server_interface_largest_request(const struct syntax_id *interface_id)
{
  unsigned int largest = 0;
  bool found = false;

  AcquireSRWLockShared(&lock);
  for (struct server_interface *entry = interfaces; entry; entry = entry->next) {
    if (!serves(entry, interface_id))
      continue;
    found = true;
    if (entry->max_rpc_size > largest)
      largest = entry->max_rpc_size;
  }
  ReleaseSRWLockShared(&lock);
  return found ? largest : UINT_MAX;
}

bool server_interface_is_full(struct server_interface *entry)
{
  bool full;

  if (!(entry->flags & RPC_IF_AUTOLISTEN) || !entry->max_calls ||
      entry->max_calls == RPC_C_LISTEN_MAX_CALLS_DEFAULT)
    return false;
  AcquireSRWLockShared(&lock);
  full = entry->calls > entry->max_calls;
  ReleaseSRWLockShared(&lock);
  return full;
}

bool server_interface_is_of_objects(const struct syntax_id *interface_id)
{
  struct server_interface *entry;
  bool is;

  AcquireSRWLockShared(&lock);
  entry = interfaces;
  while (entry && !serves(entry, interface_id))
    entry = entry->next;
  is = entry && entry->flags & RPC_IF_OLE;
  ReleaseSRWLockShared(&lock);
  return is;
}

/* lock held: one less of a count of the entry's, and the reference that it had for it. */
static void count_down(struct server_interface *entry, unsigned int *count)
{
  if (!--*count)
    WakeAllConditionVariable(&changed);
  unreference(entry);
}

void server_interface_end_call(struct server_interface *entry)
{
  AcquireSRWLockExclusive(&lock);
  count_down(entry, &entry->calls);
  ReleaseSRWLockExclusive(&lock);
}

/* lock held */
static void enter(struct server_interface *entry)
{
  entry->references++;
  entry->entered++;
}

void server_interface_enter(struct server_interface *entry)
{
  AcquireSRWLockExclusive(&lock);
  enter(entry);
  ReleaseSRWLockExclusive(&lock);
}

bool server_interface_enter_rundown(struct server_interface *entry)
{
  bool allowed;

  AcquireSRWLockExclusive(&lock);
  allowed = !entry->gone;
  if (allowed)
    enter(entry);
  ReleaseSRWLockExclusive(&lock);
  return allowed;
}

void server_interface_leave(struct server_interface *entry)
{
  AcquireSRWLockExclusive(&lock);
  count_down(entry, &entry->entered);
  ReleaseSRWLockExclusive(&lock);
}

void server_interface_add_context(struct server_interface *entry)
{
  AcquireSRWLockExclusive(&lock);
  entry->references++;
  entry->contexts++;
  ReleaseSRWLockExclusive(&lock);
}

void server_interface_remove_context(struct server_interface *entry)
{
  AcquireSRWLockExclusive(&lock);
  count_down(entry, &entry->contexts);
  ReleaseSRWLockExclusive(&lock);
}

RPC_STATUS server_interface_inquire(RPC_SERVER_INTERFACE *spec, const UUID *manager_type,
                                    RPC_MGR_EPV **manager_epv)
{
  RPC_SYNTAX_IDENTIFIER id = spec->InterfaceId;
  UUID type = manager_type ? *manager_type : nil_uuid;
  RPC_MGR_EPV *found = NULL;
  RPC_STATUS status = RPC_S_UNKNOWN_IF;

  AcquireSRWLockShared(&lock);
  for (struct server_interface *entry = interfaces; entry && status != RPC_S_OK;
       entry = entry->next) {
    if (memcmp(&id, &entry->spec->InterfaceId, sizeof(id)))
      continue;
    status = RPC_S_UNKNOWN_MGR_TYPE;
    if (same_uuid(&type, &entry->manager_type)) {
      found = entry->manager_epv;
      status = RPC_S_OK;
    }
  }
  ReleaseSRWLockShared(&lock);
  if (status == RPC_S_OK)
    *manager_epv = found;
  return status;
}

bool server_interface_list(RPC_IF_ID **ids, unsigned int *count)
{
  unsigned int total = 0;
  bool done = true;

  *ids = NULL;
  *count = 0;
  AcquireSRWLockShared(&lock);
  for (struct server_interface *entry = interfaces; entry; entry = entry->next)
    total++;
  if (total) {
    *ids = calloc(total, sizeof(**ids));
    done = *ids != NULL;
  }
  for (struct server_interface *entry = interfaces; entry && done; entry = entry->next) {
    const RPC_SYNTAX_IDENTIFIER *id = &entry->spec->InterfaceId;
    RPC_IF_ID if_id = {id->SyntaxGUID, id->SyntaxVersion.MajorVersion,
                       id->SyntaxVersion.MinorVersion};
    unsigned int i = 0;

    while (i < *count && memcmp(&(*ids)[i], &if_id, sizeof(if_id)))
      i++;
    if (i == *count)
      (*ids)[(*count)++] = if_id;
  }
  ReleaseSRWLockShared(&lock);
  return done;
}

/* ---- object types ---- */

/* lock held */
static RPC_STATUS set_type(const UUID *object, const UUID *type)
{
  struct object_type **link;
  RPC_STATUS status = RPC_S_OK;

  for (link = &object_types; *link; link = &(*link)->next)
    if (same_uuid(&(*link)->object, object))
      break;
  if (same_uuid(type, &nil_uuid)) {
    struct object_type *entry = *link;
    if (entry) {
      *link = entry->next;
      free(entry);
    }
  } else if (*link) {
    status = RPC_S_ALREADY_REGISTERED;
  } else {
    struct object_type *entry = calloc(1, sizeof(*entry));
    if (entry) {
      entry->object = *object;
      entry->type = *type;
      *link = entry;
    } else {
      status = RPC_S_OUT_OF_MEMORY;
    }
  }
  return status;
}

RPC_STATUS object_type_set(const UUID *object, const UUID *type)
{
  UUID of = object ? *object : nil_uuid;
  UUID to = type ? *type : nil_uuid;
  RPC_STATUS status;

  if (same_uuid(&of, &nil_uuid))
    return RPC_S_INVALID_OBJECT;
  AcquireSRWLockExclusive(&lock);
  status = set_type(&of, &to);
  ReleaseSRWLockExclusive(&lock);
  return status;
}

RPC_STATUS object_type_inquire(const UUID *object, UUID *type)
{
  RPC_OBJECT_INQ_FN *inquiry;
  UUID of = object ? *object : nil_uuid, found;
  RPC_STATUS status = RPC_S_OBJECT_NOT_FOUND;

  AcquireSRWLockShared(&lock);
  found = type_of(&of);
  inquiry = object_inquiry;
  ReleaseSRWLockShared(&lock);
  *type = found;
  if (!same_uuid(&found, &nil_uuid))
    return RPC_S_OK;
  if (inquiry)
    inquiry((UUID *)object, type, &status);
  return status;
}

void object_type_set_inquiry(RPC_OBJECT_INQ_FN *inquiry)
{
  AcquireSRWLockExclusive(&lock);
  object_inquiry = inquiry;
  ReleaseSRWLockExclusive(&lock);
}
