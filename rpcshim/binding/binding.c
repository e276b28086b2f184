#include "binding.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "auth_info.h"
#include "endpoint_mapper.h"
#include "handle_set.h"
#include "text.h"

static struct handle_set live_bindings = HANDLE_SET_INIT;

static const struct binding_options default_options = {
    .com_timeout = RPC_C_BINDING_DEFAULT_TIMEOUT,
};

static void acquire(void *object)
{
  binding_add_reference(object);
}

struct binding *binding_from_handle(RPC_BINDING_HANDLE handle)
{
  return handle_set_acquire(&live_bindings, handle, acquire) ? handle : NULL;
}

struct binding *binding_from_handle_of_kind(RPC_BINDING_HANDLE handle, enum binding_kind kind,
                                            RPC_STATUS *status)
{
  struct binding *binding = binding_from_handle(handle);

  *status = binding ? RPC_S_OK : RPC_S_INVALID_BINDING;
  if (binding && binding->kind != kind) {
    binding_release(binding);
    binding = NULL;
    *status = RPC_S_WRONG_KIND_OF_BINDING;
  }
  return binding;
}

RPC_BINDING_HANDLE binding_handle(struct binding *binding)
{
  return binding;
}

void binding_add_reference(struct binding *binding)
{
  InterlockedIncrement(&binding->references);
}

static void binding_destroy(struct binding *binding)
{
  if (binding->release_call)
    binding->release_call(binding->server_call);
  if (binding->route)
    binding->route->release(binding->route);
  auth_info_release(binding->auth_info);
  free(binding->network_address);
  free(binding->endpoint);
  free(binding->network_options);
  free(binding->entry_name);
  free(binding);
}

void binding_release(struct binding *binding)
{
  if (InterlockedDecrement(&binding->references) == 0)
    binding_destroy(binding);
}

bool binding_retire(struct binding *binding)
{
  return handle_set_remove(&live_bindings, binding);
}

/* A copy of `text`; false: out of memory. NULL and the empty string become NULL. */
static bool copy_optional(const WCHAR *text, WCHAR **copy)
{
  *copy = text && *text ? wcsdup(text) : NULL;
  return *copy || !text || !*text;
}

static RPC_STATUS binding_create(enum binding_kind kind,
                                 const struct protocol_sequence *protocol,
                                 const WCHAR *network_address, const WCHAR *endpoint,
                                 const WCHAR *network_options, const UUID *object,
                                 struct server_call *call, struct binding **binding)
{
  struct binding *created = calloc(1, sizeof(*created));

  *binding = NULL;
  if (!created)
    return RPC_S_OUT_OF_MEMORY;
  created->references = 1;
  created->kind = kind;
  created->protocol = protocol;
  created->server_call = call;
  InitializeSRWLock(&created->lock);
  created->options = default_options;
  if (object)
    created->object = *object;
  created->network_address = wcsdup(network_address ? network_address : L"");
  if (!created->network_address || !copy_optional(endpoint, &created->endpoint) ||
      !copy_optional(network_options, &created->network_options) ||
      !handle_set_insert(&live_bindings, created)) {
    binding_destroy(created);
    return RPC_S_OUT_OF_MEMORY;
  }
  *binding = created;
  return RPC_S_OK;
}

RPC_STATUS binding_create_client(const struct protocol_sequence *protocol,
                                 const WCHAR *network_address, const WCHAR *endpoint,
                                 const WCHAR *network_options, const UUID *object,
                                 struct binding **binding)
{
  return binding_create(BINDING_CLIENT, protocol, network_address, endpoint, network_options,
                        object, NULL, binding);
}

RPC_STATUS binding_create_server(const struct protocol_sequence *protocol,
                                 struct server_call *call, const WCHAR *network_address,
                                 const UUID *object, struct binding **binding)
{
  return binding_create(BINDING_SERVER, protocol, network_address, NULL, NULL, object, call,
                        binding);
}

/* The well-known endpoint that the interface specification has for that protocol sequence. */
static RPC_STATUS endpoint_of_interface(const struct protocol_sequence *protocol,
                                        const RPC_CLIENT_INTERFACE *interface_spec,
                                        WCHAR **endpoint)
{
  RPC_STATUS status = RPC_S_OK;

  *endpoint = NULL;
  for (unsigned int i = 0;
       i < interface_spec->RpcProtseqEndpointCount && !*endpoint && status == RPC_S_OK; i++) {
    const RPC_PROTSEQ_ENDPOINT *entry = &interface_spec->RpcProtseqEndpoint[i];
    WCHAR *name = text_from_ansi((const char *)entry->RpcProtocolSequence);

    if (!name)
      status = RPC_S_OUT_OF_MEMORY;
    else if (!_wcsicmp(name, protocol->name) &&
             !(*endpoint = text_from_ansi((const char *)entry->Endpoint)))
      status = RPC_S_OUT_OF_MEMORY;
    free(name);
  }
  return status;
}

bool binding_forget_endpoint(struct binding *binding, bool dynamic_only)
{
  struct binding_route *route = NULL;
  WCHAR *endpoint = NULL;
  bool forgets;

  AcquireSRWLockExclusive(&binding->lock);
  forgets = !dynamic_only || (binding->endpoint && binding->endpoint_from_mapper);
  if (forgets) {
    endpoint = binding->endpoint;
    route = binding->route;
    binding->endpoint = NULL;
    binding->endpoint_from_mapper = false;
    binding->route = NULL;
  }
  ReleaseSRWLockExclusive(&binding->lock);
  if (route)
    route->release(route);
  free(endpoint);
  return forgets;
}

RPC_STATUS binding_resolve(struct binding *binding, RPC_CLIENT_INTERFACE *interface_spec)
{
  bool from_mapper = false;
  WCHAR *endpoint = NULL;
  RPC_STATUS status;

  if (binding->kind != BINDING_CLIENT)
    return RPC_S_WRONG_KIND_OF_BINDING;
  AcquireSRWLockShared(&binding->lock);
  status = binding->endpoint ? RPC_S_OK : RPC_S_NO_ENDPOINT_FOUND;
  ReleaseSRWLockShared(&binding->lock);
  if (status == RPC_S_OK)
    return status;
  if (!interface_spec)
    return RPC_S_INVALID_ARG;

  status = endpoint_of_interface(binding->protocol, interface_spec, &endpoint);
  if (status == RPC_S_OK && !endpoint) {
    from_mapper = true;
    status = endpoint_mapper_map(binding, &interface_spec->InterfaceId,
                                 &interface_spec->TransferSyntax, &endpoint);
  }
  if (status != RPC_S_OK)
    return status;

  AcquireSRWLockExclusive(&binding->lock);
  if (!binding->endpoint) { /* no other thread was quicker */
    binding->endpoint = endpoint;
    binding->endpoint_from_mapper = from_mapper;
    endpoint = NULL;
  }
  ReleaseSRWLockExclusive(&binding->lock);
  free(endpoint);
  return RPC_S_OK;
}
