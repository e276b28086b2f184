#include "endpoint_mapper.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "../engine/engine.h"
#include "../transport/endpoint.h"
#include "../transport/this_machine.h"
#include "epm.h"
#include "text.h"

/* Asked for by one ept_map: the mapper of this machine, which is Wine's, gives all at once or
 * none; others in parts. Windows' takes no number above 500 (MS-RPCE 2.2.1.2.5). */
#define FIRST_TOWERS_HERE 512u
#define MOST_TOWERS_HERE  (1u << 20)
#define MOST_TOWERS_THERE 500u
#define MOST_PARTS        8

/* Statuses of DCE's mapper, C706 appendix E; Windows' own mapper answers with them, too. */
#define DCE_EPT_S_FIRST          0x16c9a0cdu
#define DCE_EPT_S_NOT_REGISTERED 0x16c9a0d6u
#define DCE_EPT_S_LAST           0x16c9a0ffu

static const struct {
  enum transport_kind transport;
  const WCHAR *endpoint;
} mapper_endpoints[] = {
    {TRANSPORT_TCP, L"135"},
    {TRANSPORT_NAMED_PIPE, L"\\pipe\\epmapper"},
    {TRANSPORT_LOCAL, L"epmapper"},
};

/* Memory of the stubs. Towers go back and forth between them and the engine: one heap for both.
 */
void *__RPC_USER endpoint_mapper_allocate(SIZE_T size);
void __RPC_USER endpoint_mapper_free(void *memory);

void *__RPC_USER endpoint_mapper_allocate(SIZE_T size)
{
  return size <= UINT_MAX ? engine.I_RpcAllocate((unsigned int)size) : NULL;
}

void __RPC_USER endpoint_mapper_free(void *memory)
{
  engine.I_RpcFree(memory);
}

static const WCHAR *mapper_endpoint(enum transport_kind transport)
{
  size_t i = 0;

  while (mapper_endpoints[i].transport != transport)
    i++;
  return mapper_endpoints[i].endpoint;
}

/*
 * This machine's mapper is asked over ncalrpc whatever the protocol sequence: port 135 is not
 * to be had for an unprivileged user, and Wine's mapper does not listen there.
 */
RPC_STATUS endpoint_mapper_open(struct endpoint_mapper *mapper, struct binding *binding)
{
  const struct protocol_sequence *protocol;
  const WCHAR *address = L"";

  mapper->local = !binding || this_machine_is(binding->network_address);
  if (!mapper->local && binding->protocol->transport == TRANSPORT_LOCAL)
    return RPC_S_SERVER_UNAVAILABLE;
  if (mapper->local) {
    protocol = protocol_sequence_find(L"ncalrpc");
  } else {
    protocol = binding->protocol;
    address = binding->network_address;
  }
  return binding_create_client(protocol, address, mapper_endpoint(protocol->transport), NULL,
                               NULL, &mapper->binding);
}

void endpoint_mapper_close(struct endpoint_mapper *mapper)
{
  binding_retire(mapper->binding);
  binding_release(mapper->binding);
}

/* Failures of calls become statuses; a crash stays a crash. */
static LONG rpc_exceptions_only(EXCEPTION_POINTERS *pointers, void *context)
{
  (void)context;
  return engine.I_RpcExceptionFilter(pointers->ExceptionRecord->ExceptionCode);
}

RPC_STATUS endpoint_mapper_call(struct endpoint_mapper *mapper, guard_body body, void *context)
{
  DWORD code;

  if (guarded_call(body, rpc_exceptions_only, context, &code))
    return RPC_S_OK;
  if (code == RPC_S_SERVER_UNAVAILABLE && mapper->local && endpoint_mapper_service_start() &&
      guarded_call(body, rpc_exceptions_only, context, &code))
    return RPC_S_OK;
  return (RPC_STATUS)code;
}

RPC_STATUS endpoint_mapper_status(ULONG answer)
{
  if (answer == DCE_EPT_S_NOT_REGISTERED)
    return EPT_S_NOT_REGISTERED;
  if (answer >= DCE_EPT_S_FIRST && answer <= DCE_EPT_S_LAST)
    return EPT_S_CANT_PERFORM_OP;
  return (RPC_STATUS)answer;
}

/* ---- towers ---- */

static RPC_STATUS tower_create(const RPC_SYNTAX_IDENTIFIER *interface_id,
                               const RPC_SYNTAX_IDENTIFIER *transfer_syntax,
                               const struct protocol_sequence *protocol, const WCHAR *endpoint,
                               const WCHAR *network_address, twr_t **tower)
{
  char *protocol_name = text_to_ansi(protocol->name);
  char *endpoint_name = text_to_ansi(endpoint);
  char *address = text_to_ansi(network_address);
  RPC_STATUS status = RPC_S_OUT_OF_MEMORY;

  *tower = NULL;
  if (protocol_name && endpoint_name && address)
    status = engine.TowerConstruct(interface_id, transfer_syntax, protocol_name, endpoint_name,
                                   *address ? address : NULL, tower);
  free(protocol_name);
  free(endpoint_name);
  free(address);
  return status;
}

/* The endpoint in a tower that a mapper sent, malloc'ed. */
static RPC_STATUS tower_endpoint(const twr_t *tower, WCHAR **endpoint)
{
  char *name = NULL;
  RPC_STATUS status;

  status = engine.TowerExplode(tower, NULL, NULL, NULL, &name, NULL);
  if (status == RPC_S_OK && name && *name) {
    *endpoint = text_from_ansi(name);
    if (!*endpoint)
      status = RPC_S_OUT_OF_MEMORY;
  }
  engine.I_RpcFree(name);
  return status;
}

/* ---- looking up ---- */

struct map_call {
  RPC_BINDING_HANDLE mapper;
  ept_uuid_t object;
  twr_t *pattern;
  ept_lookup_handle_t position;
  ULONG most;
  ULONG count;
  twr_t **towers;
  ULONG answer;
};

static void call_map(void *context)
{
  struct map_call *call = context;

  ept_map(call->mapper, &call->object, call->pattern, &call->position, call->most, &call->count,
          call->towers, &call->answer);
}

/* Ends an inquiry that the mapper would go on with. */
static void call_free_position(void *context)
{
  struct map_call *call = context;

  ept_lookup_handle_free(call->mapper, &call->position, &call->answer);
}

static void drop_towers(struct map_call *call)
{
  for (ULONG i = 0; i < call->most && call->towers; i++)
    engine.I_RpcFree(call->towers[i]);
  free(call->towers);
  call->towers = NULL;
  call->count = 0;
}

/* One call for up to `most` towers. */
static RPC_STATUS ask(struct endpoint_mapper *mapper, struct map_call *call, ULONG most)
{
  RPC_STATUS status;

  drop_towers(call);
  call->most = most;
  call->towers = calloc(most, sizeof(*call->towers));
  if (!call->towers)
    return RPC_S_OUT_OF_MEMORY;
  status = endpoint_mapper_call(mapper, call_map, call);
  if (status == RPC_S_OK)
    status = endpoint_mapper_status(call->answer);
  if (call->count > most)
    call->count = most;
  return status;
}

/* Wine's mapper marshals more towers than it has been asked for, and so fails somehow. */
static bool has_too_many(const struct endpoint_mapper *mapper, RPC_STATUS status)
{
  return mapper->local && (status == ERROR_NOACCESS || status == RPC_X_BAD_STUB_DATA ||
                           status == RPC_X_INVALID_BOUND);
}

static RPC_STATUS ask_for_all(struct endpoint_mapper *mapper, struct map_call *call)
{
  ULONG most = mapper->local ? FIRST_TOWERS_HERE : MOST_TOWERS_THERE;
  RPC_STATUS status = ask(mapper, call, most);

  while (has_too_many(mapper, status) && most < MOST_TOWERS_HERE)
    status = ask(mapper, call, most *= 8);
  return status;
}

/*
 * The newest endpoint of the towers at which somebody is found, or else that of a server which
 * is busy, *presence says which. Those of other machines are believed where there is one only.
 */
static RPC_STATUS choose_endpoint(const struct endpoint_mapper *mapper,
                                  const struct map_call *call, struct binding *binding,
                                  enum endpoint_presence *presence, WCHAR **endpoint)
{
  RPC_STATUS status = RPC_S_OK;

  for (ULONG i = call->count; i-- > 0 && *presence != ENDPOINT_SERVED;) {
    enum endpoint_presence found = ENDPOINT_SERVED;
    WCHAR *candidate = NULL;

    if (call->towers[i] && tower_endpoint(call->towers[i], &candidate) == RPC_S_OUT_OF_MEMORY)
      status = RPC_S_OUT_OF_MEMORY;
    if (!candidate)
      continue;
    if (mapper->local || call->count > 1)
      found = endpoint_find(binding->protocol, binding->network_address, candidate);
    if (found > *presence) {
      free(*endpoint);
      *endpoint = candidate;
      *presence = found;
    } else {
      free(candidate);
    }
  }
  return *endpoint ? RPC_S_OK : status;
}

static RPC_STATUS map_object(struct endpoint_mapper *mapper, const UUID *object, twr_t *pattern,
                             struct binding *binding, WCHAR **endpoint)
{
  struct map_call call = {.mapper = binding_handle(mapper->binding), .pattern = pattern};
  enum endpoint_presence presence = ENDPOINT_GONE;
  RPC_STATUS status;

  memcpy(&call.object, object, sizeof(call.object));
  status = ask_for_all(mapper, &call);
  if (status == RPC_S_OK)
    status = choose_endpoint(mapper, &call, binding, &presence, endpoint);
  for (int part = 1;
       status == RPC_S_OK && call.position && part < MOST_PARTS && presence != ENDPOINT_SERVED;
       part++) {
    status = ask(mapper, &call, MOST_TOWERS_THERE);
    if (status == RPC_S_OK)
      status = choose_endpoint(mapper, &call, binding, &presence, endpoint);
    else if (status == EPT_S_NOT_REGISTERED && *endpoint)
      status = RPC_S_OK; /* that was all */
  }
  if (call.position)
    endpoint_mapper_call(mapper, call_free_position, &call);
  drop_towers(&call);
  if (status == RPC_S_OK && !*endpoint)
    status = EPT_S_NOT_REGISTERED;
  return status;
}

RPC_STATUS endpoint_mapper_map(struct binding *binding,
                               const RPC_SYNTAX_IDENTIFIER *interface_id,
                               const RPC_SYNTAX_IDENTIFIER *transfer_syntax, WCHAR **endpoint)
{
  static const UUID nil;
  struct endpoint_mapper mapper;
  twr_t *pattern = NULL;
  RPC_STATUS status;
  UUID object;

  *endpoint = NULL;
  AcquireSRWLockShared(&binding->lock);
  object = binding->object;
  ReleaseSRWLockShared(&binding->lock);

  status = endpoint_mapper_open(&mapper, binding);
  if (status != RPC_S_OK)
    return status;
  /* The endpoint of the pattern is not looked at; the mapper's own is what Windows sends. */
  status = tower_create(interface_id, transfer_syntax, binding->protocol,
                        mapper_endpoint(binding->protocol->transport), binding->network_address,
                        &pattern);
  if (status == RPC_S_OK)
    status = map_object(&mapper, &object, pattern, binding, endpoint);
  if (status == EPT_S_NOT_REGISTERED && memcmp(&object, &nil, sizeof(nil)))
    status = map_object(&mapper, &nil, pattern, binding, endpoint);
  engine.I_RpcFree(pattern);
  endpoint_mapper_close(&mapper);
  return status;
}

/* ---- registering ---- */

struct entries_call {
  RPC_BINDING_HANDLE mapper;
  ULONG count;
  ept_local_entry_t *entries;
  ULONG replace;
  ULONG answer;
};

static void call_insert(void *context)
{
  struct entries_call *call = context;

  ept_insert(call->mapper, call->count, call->entries, call->replace, &call->answer);
}

static void call_delete(void *context)
{
  struct entries_call *call = context;

  ept_delete(call->mapper, call->count, call->entries, &call->answer);
}

static RPC_STATUS tower_of_binding(const RPC_SERVER_INTERFACE *interface_spec,
                                   RPC_BINDING_HANDLE handle, twr_t **tower)
{
  struct binding *binding = binding_from_handle(handle);
  RPC_STATUS status;

  if (!binding)
    return RPC_S_INVALID_BINDING;
  AcquireSRWLockShared(&binding->lock);
  if (binding->kind != BINDING_CLIENT)
    status = RPC_S_WRONG_KIND_OF_BINDING;
  else if (!binding->endpoint)
    status = RPC_S_INVALID_BINDING;
  else
    status =
        tower_create(&interface_spec->InterfaceId, &interface_spec->TransferSyntax,
                     binding->protocol, binding->endpoint, binding->network_address, tower);
  ReleaseSRWLockShared(&binding->lock);
  binding_release(binding);
  return status;
}

static void entries_free(struct entries_call *call)
{
  for (ULONG i = 0; i < call->count; i++)
    engine.I_RpcFree(call->entries[i].tower);
  free(call->entries);
}

static RPC_STATUS entries_create(struct entries_call *call,
                                 const RPC_SERVER_INTERFACE *interface_spec,
                                 const RPC_BINDING_VECTOR *bindings, const UUID_VECTOR *objects,
                                 const char *annotation)
{
  ULONG object_count = objects && objects->Count ? objects->Count : 1;
  RPC_STATUS status = RPC_S_OK;

  if (!bindings || !bindings->Count)
    return RPC_S_NO_BINDINGS;
  if (!interface_spec || bindings->Count > 0xffff || object_count > 0xffff)
    return RPC_S_INVALID_ARG;
  call->entries = calloc((size_t)bindings->Count * object_count, sizeof(*call->entries));
  if (!call->entries)
    return RPC_S_OUT_OF_MEMORY;
  for (ULONG i = 0; i < bindings->Count && status == RPC_S_OK; i++) {
    for (ULONG j = 0; j < object_count && status == RPC_S_OK; j++) {
      ept_local_entry_t *entry = &call->entries[call->count++];

      if (objects && objects->Count && objects->Uuid[j])
        memcpy(&entry->object, objects->Uuid[j], sizeof(entry->object));
      if (annotation)
        strncpy(entry->annotation, annotation, sizeof(entry->annotation) - 1);
      status = tower_of_binding(interface_spec, bindings->BindingH[i], &entry->tower);
    }
  }
  if (status != RPC_S_OK)
    entries_free(call);
  return status;
}

RPC_STATUS endpoint_mapper_register(const RPC_SERVER_INTERFACE *interface_spec,
                                    const RPC_BINDING_VECTOR *bindings,
                                    const UUID_VECTOR *objects, const char *annotation,
                                    bool replace)
{
  struct entries_call call = {.replace = replace};
  struct endpoint_mapper mapper;
  RPC_STATUS status;

  status = entries_create(&call, interface_spec, bindings, objects, annotation);
  if (status != RPC_S_OK)
    return status;
  status = endpoint_mapper_open(&mapper, NULL);
  if (status == RPC_S_OK) {
    call.mapper = binding_handle(mapper.binding);
    status = endpoint_mapper_call(&mapper, call_insert, &call);
    if (status == RPC_S_OK)
      status = endpoint_mapper_status(call.answer);
    endpoint_mapper_close(&mapper);
  }
  entries_free(&call);
  return status;
}

/*
 * One by one: Wine's mapper knows an entry by interface, protocol sequence and object, so that
 * several of our addresses may be one entry there, and it stops at the first that it does not
 * find.
 */
static RPC_STATUS delete_entries(struct endpoint_mapper *mapper, struct entries_call *all)
{
  RPC_STATUS status = RPC_S_OK;
  ULONG deleted = 0;

  for (ULONG i = 0; i < all->count && status == RPC_S_OK; i++) {
    struct entries_call one = {
        .mapper = binding_handle(mapper->binding), .count = 1, .entries = &all->entries[i]};

    status = endpoint_mapper_call(mapper, call_delete, &one);
    if (status == RPC_S_OK)
      status = endpoint_mapper_status(one.answer);
    if (status == RPC_S_OK)
      deleted++;
    else if (status == EPT_S_NOT_REGISTERED)
      status = RPC_S_OK;
  }
  return status == RPC_S_OK && !deleted ? EPT_S_NOT_REGISTERED : status;
}

RPC_STATUS endpoint_mapper_unregister(const RPC_SERVER_INTERFACE *interface_spec,
                                      const RPC_BINDING_VECTOR *bindings,
                                      const UUID_VECTOR *objects)
{
  struct entries_call call = {0};
  struct endpoint_mapper mapper;
  RPC_STATUS status;

  status = entries_create(&call, interface_spec, bindings, objects, NULL);
  if (status != RPC_S_OK)
    return status;
  status = endpoint_mapper_open(&mapper, NULL);
  if (status == RPC_S_OK) {
    status = delete_entries(&mapper, &call);
    endpoint_mapper_close(&mapper);
  }
  entries_free(&call);
  return status;
}
