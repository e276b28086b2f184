/*
 * The exported functions on binding handles as such. Each checks the handle, holds a reference
 * for the time of the call, and leaves the work to binding.c and string_binding.c. Any thread.
 */
#include <stdlib.h>
#include <string.h>

#include "../cancel/com_call.h"
#include "auth_info.h"
#include "com_clients.h"
#include "rpc_objects.h"
#include "string_binding.h"
#include "text.h"

/* RPC_S_OK, RPC_S_INVALID_ARG, or a status of string_binding_parse(). */
RPC_STATUS RPC_ENTRY RpcBindingFromStringBindingW(RPC_WSTR StringBinding,
                                                  RPC_BINDING_HANDLE *Binding)
{
  struct binding *binding;
  RPC_STATUS status;

  if (!Binding)
    return RPC_S_INVALID_ARG;
  status = string_binding_parse((const WCHAR *)StringBinding, &binding);
  if (status != RPC_S_OK)
    return status;
  if (com_clients_is_endpoint(binding->endpoint))
    com_clients_announce();
  *Binding = binding_handle(binding);
  return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcBindingFromStringBindingA(RPC_CSTR StringBinding,
                                                  RPC_BINDING_HANDLE *Binding)
{
  WCHAR *string = text_from_ansi((const char *)StringBinding);
  RPC_STATUS status = RPC_S_OUT_OF_MEMORY;

  if (string || !StringBinding)
    status = RpcBindingFromStringBindingW((RPC_WSTR)string, Binding);
  free(string);
  return status;
}

/* RPC_S_OK, RPC_S_INVALID_BINDING, RPC_S_INVALID_ARG, RPC_S_OUT_OF_MEMORY. */
RPC_STATUS RPC_ENTRY RpcBindingToStringBindingW(RPC_BINDING_HANDLE Binding,
                                                RPC_WSTR *StringBinding)
{
  struct binding *binding;
  RPC_STATUS status;
  WCHAR *string;

  if (!StringBinding)
    return RPC_S_INVALID_ARG;
  binding = binding_from_handle(Binding);
  if (!binding)
    return RPC_S_INVALID_BINDING;
  status = string_binding_compose(binding, &string);
  *StringBinding = (RPC_WSTR)string;
  binding_release(binding);
  return status;
}

RPC_STATUS RPC_ENTRY RpcBindingToStringBindingA(RPC_BINDING_HANDLE Binding,
                                                RPC_CSTR *StringBinding)
{
  RPC_STATUS status;
  RPC_WSTR string;

  if (!StringBinding)
    return RPC_S_INVALID_ARG;
  status = RpcBindingToStringBindingW(Binding, &string);
  return status == RPC_S_OK ? text_hand_over_ansi(string, StringBinding) : status;
}

/*
 * RPC_S_OK, RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING: the runtime's own handle of a
 * call. Calls in flight keep the binding until they end.
 */
RPC_STATUS RPC_ENTRY RpcBindingFree(RPC_BINDING_HANDLE *Binding)
{
  struct binding *binding;
  RPC_STATUS status = RPC_S_OK;

  binding = Binding ? binding_from_handle(*Binding) : NULL;
  if (!binding)
    return RPC_S_INVALID_BINDING;
  if (binding->kind != BINDING_CLIENT) {
    status = RPC_S_WRONG_KIND_OF_BINDING;
  } else if (!binding_retire(binding)) {
    status = RPC_S_INVALID_BINDING; /* another thread has just freed it */
  } else {
    *Binding = NULL;
    binding_release(binding); /* the application's reference */
  }
  binding_release(binding);
  return status;
}

/* The vector is the runtime's (RpcServerInqBindings): malloc'ed. RPC_S_OK,
 * RPC_S_INVALID_ARG. */
RPC_STATUS RPC_ENTRY RpcBindingVectorFree(RPC_BINDING_VECTOR **BindingVector)
{
  RPC_STATUS status = RPC_S_OK;

  if (!BindingVector || !*BindingVector)
    return RPC_S_INVALID_ARG;
  for (ULONG i = 0; i < (*BindingVector)->Count; i++) {
    RPC_BINDING_HANDLE *binding = &(*BindingVector)->BindingH[i];
    RPC_STATUS freed = *binding ? RpcBindingFree(binding) : RPC_S_OK; /* NULL: taken out */

    if (freed != RPC_S_OK)
      status = freed;
  }
  free(*BindingVector);
  *BindingVector = NULL;
  return status;
}

/*
 * Everything of a client binding, its route too: context handles hold such a copy, and
 * the server's side of them lives no longer than the association that the route is.
 */
static RPC_STATUS copy_binding(struct binding *source, struct binding **copy)
{
  RPC_STATUS status;

  AcquireSRWLockShared(&source->lock);
  status = binding_create_client(source->protocol, source->network_address, source->endpoint,
                                 source->network_options, &source->object, copy);
  if (status == RPC_S_OK && source->entry_name &&
      !((*copy)->entry_name = wcsdup(source->entry_name))) {
    binding_retire(*copy);
    binding_release(*copy);
    status = RPC_S_OUT_OF_MEMORY;
  }
  if (status == RPC_S_OK) { /* nobody else knows the copy yet: no lock */
    (*copy)->endpoint_from_mapper = source->endpoint_from_mapper;
    (*copy)->options = source->options;
    auth_info_add_reference(source->auth_info);
    (*copy)->auth_info = source->auth_info;
    if (source->route)
      source->route->add_reference(source->route);
    (*copy)->route = source->route;
  }
  ReleaseSRWLockShared(&source->lock);
  return status;
}

/* RPC_S_OK, RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING, RPC_S_INVALID_ARG,
 * RPC_S_OUT_OF_MEMORY. */
RPC_STATUS RPC_ENTRY RpcBindingCopy(RPC_BINDING_HANDLE SourceBinding,
                                    RPC_BINDING_HANDLE *DestinationBinding)
{
  struct binding *source, *copy;
  RPC_STATUS status;

  if (!DestinationBinding)
    return RPC_S_INVALID_ARG;
  source = binding_from_handle_of_kind(SourceBinding, BINDING_CLIENT, &status);
  if (!source)
    return status;
  status = copy_binding(source, &copy);
  if (status == RPC_S_OK)
    *DestinationBinding = binding_handle(copy);
  binding_release(source);
  return status;
}

/* The runtime's internal name for it, exported like the public one. */
RPC_STATUS RPC_ENTRY I_RpcBindingCopy(RPC_BINDING_HANDLE SourceBinding,
                                      RPC_BINDING_HANDLE *DestinationBinding)
{
  return RpcBindingCopy(SourceBinding, DestinationBinding);
}

/*
 * For COM of Windows NT 4, whose calls waited in that function so that messages were
 * dispatched; combase waits by itself (client/call_wait.h has no seam for it), and Wine's own
 * runtime does not call it either. RPC_S_OK, RPC_S_INVALID_BINDING,
 * RPC_S_WRONG_KIND_OF_BINDING.
 */
RPC_STATUS RPC_ENTRY I_RpcBindingSetAsync(RPC_BINDING_HANDLE Binding, void *BlockingFn)
{
  struct binding *binding;
  RPC_STATUS status;

  (void)BlockingFn;
  binding = binding_from_handle_of_kind(Binding, BINDING_CLIENT, &status);
  if (binding)
    binding_release(binding);
  return status;
}

/* Makes it partially bound. RPC_S_OK, RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING. */
RPC_STATUS RPC_ENTRY RpcBindingReset(RPC_BINDING_HANDLE Binding)
{
  struct binding *binding;
  RPC_STATUS status;

  binding = binding_from_handle_of_kind(Binding, BINDING_CLIENT, &status);
  if (!binding)
    return status;
  binding_forget_endpoint(binding, false);
  binding_release(binding);
  return RPC_S_OK;
}

/*
 * Combase asks for the object of a binding of its own before each call, to see whether it is
 * one of this process: those of an STA it calls past RPC. Asynchronous ones (rpc_objects.h) it
 * is to call by RPC, and all where the thread allows cancels or has a message filter, as
 * nothing could release it otherwise, nor send the call again: as if the object were somewhere
 * else.
 */
static bool hides_object(const struct binding *binding)
{
  return binding->kind == BINDING_CLIENT && com_clients_is_endpoint(binding->endpoint) &&
         (com_call_is_wanted() || rpc_objects_contain(&binding->object));
}

/* The object of a client binding, or of a call. RPC_S_OK, RPC_S_INVALID_BINDING,
 * RPC_S_INVALID_ARG. */
RPC_STATUS RPC_ENTRY RpcBindingInqObject(RPC_BINDING_HANDLE Binding, UUID *ObjectUuid)
{
  struct binding *binding;
  UUID object = {0};

  if (!ObjectUuid)
    return RPC_S_INVALID_ARG;
  binding = binding_from_handle(Binding);
  if (!binding)
    return RPC_S_INVALID_BINDING;
  AcquireSRWLockShared(&binding->lock);
  if (!hides_object(binding))
    object = binding->object;
  ReleaseSRWLockShared(&binding->lock);
  binding_release(binding);
  *ObjectUuid = object;
  return RPC_S_OK;
}

/* NULL: the nil object. RPC_S_OK, RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING. */
RPC_STATUS RPC_ENTRY RpcBindingSetObject(RPC_BINDING_HANDLE Binding, UUID *ObjectUuid)
{
  UUID object = {0};
  struct binding *binding;
  RPC_STATUS status;

  if (ObjectUuid)
    object = *ObjectUuid;
  binding = binding_from_handle_of_kind(Binding, BINDING_CLIENT, &status);
  if (!binding)
    return status;
  AcquireSRWLockExclusive(&binding->lock);
  binding->object = object;
  ReleaseSRWLockExclusive(&binding->lock);
  binding_release(binding);
  return RPC_S_OK;
}
