#include "client_context.h"

#include <stdlib.h>
#include <string.h>

#include "../binding/handle_set.h"

struct client_context {
  LONG references; /* the application's, and one of each routine below that works with it */
  RPC_BINDING_HANDLE binding;
  unsigned char wire[CONTEXT_WIRE_SIZE];
};

static struct handle_set live = HANDLE_SET_INIT;
static SRWLOCK lock = SRWLOCK_INIT; /* guards `wire` of all contexts */

static void add_reference(void *object)
{
  InterlockedIncrement(&((struct client_context *)object)->references);
}

static void release(struct client_context *context)
{
  if (InterlockedDecrement(&context->references))
    return;
  RpcBindingFree(&context->binding);
  free(context);
}

/* The live context behind a handle, with a reference for the caller, or NULL. */
static struct client_context *context_from_handle(NDR_CCONTEXT handle)
{
  return handle && handle_set_acquire(&live, handle, add_reference) ? handle : NULL;
}

RPC_STATUS client_context_binding(NDR_CCONTEXT handle, RPC_BINDING_HANDLE *binding)
{
  struct client_context *context = context_from_handle(handle);

  if (!context)
    return RPC_X_SS_CONTEXT_MISMATCH;
  *binding = context->binding;
  release(context);
  return RPC_S_OK;
}

RPC_STATUS client_context_marshall(NDR_CCONTEXT handle, unsigned char wire[CONTEXT_WIRE_SIZE])
{
  struct client_context *context;

  memset(wire, 0, CONTEXT_WIRE_SIZE);
  if (!handle)
    return RPC_S_OK;
  context = context_from_handle(handle);
  if (!context)
    return RPC_X_SS_CONTEXT_MISMATCH;
  AcquireSRWLockShared(&lock);
  memcpy(wire, context->wire, CONTEXT_WIRE_SIZE);
  ReleaseSRWLockShared(&lock);
  release(context);
  return RPC_S_OK;
}

static RPC_STATUS create(NDR_CCONTEXT *handle, RPC_BINDING_HANDLE binding,
                         const unsigned char wire[CONTEXT_WIRE_SIZE])
{
  struct client_context *context = calloc(1, sizeof(*context));
  RPC_STATUS status;

  if (!context)
    return RPC_S_OUT_OF_MEMORY;
  context->references = 1;
  memcpy(context->wire, wire, CONTEXT_WIRE_SIZE);
  status = RpcBindingCopy(binding, &context->binding);
  if (status != RPC_S_OK) {
    free(context);
    return status;
  }
  if (!handle_set_insert(&live, context)) {
    release(context);
    return RPC_S_OUT_OF_MEMORY;
  }
  *handle = context;
  return RPC_S_OK;
}

RPC_STATUS client_context_unmarshall(NDR_CCONTEXT *handle, RPC_BINDING_HANDLE binding,
                                     const unsigned char wire[CONTEXT_WIRE_SIZE])
{
  struct client_context *context;

  if (context_wire_is_nil(wire))
    return *handle ? client_context_destroy(handle) : RPC_S_OK;
  if (!*handle)
    return create(handle, binding, wire);
  context = context_from_handle(*handle);
  if (!context)
    return RPC_X_SS_CONTEXT_MISMATCH;
  AcquireSRWLockExclusive(&lock);
  memcpy(context->wire, wire, CONTEXT_WIRE_SIZE);
  ReleaseSRWLockExclusive(&lock);
  release(context);
  return RPC_S_OK;
}

RPC_STATUS client_context_destroy(NDR_CCONTEXT *handle)
{
  struct client_context *context = *handle;

  *handle = NULL;
  if (!context || !handle_set_remove(&live, context))
    return RPC_X_SS_CONTEXT_MISMATCH;
  release(context);
  return RPC_S_OK;
}
