#include "call_object.h"

#include <rpc.h>
#include <stdbool.h>
#include <stdlib.h>

#include "../original/original.h"
#include "../remote/object_reference.h"
#include "../remote/remote_scope.h"
#include "../runtime/runtime.h"
#include "../sync/manual_reset_event.h"
#include "async_interface.h"
#include "async_unknown.h"
#include "call_cancel.h"
#include "call_channel.h"
#include "call_security.h"
#include "interface_question.h"
#include "remote_unknown_call.h"
#include "spent_calls.h"

/* How long CreateCall waits for a server that must be asked for the interface. */
#define PATIENCE_MS 100

struct call_object {
  IUnknown inner; /* the object's own: what the controlling unknown holds */
  IUnknown *outer;
  LONG references;
  IID async_iid;
  IUnknown *synchronous; /* keeps the server's interface; NULL: the channel's question does */
  IUnknown *event;       /* its own unknown */
  IRpcProxyBuffer *proxy;
  struct async_unknown *unknown; /* in the place of `proxy` where that is the interface */
  IUnknown *async_interface;     /* of either: no reference of its own */
  LONG is_spent; /* spent_calls.h: it has one reference less than it is held by */
  struct spent_call spent;
  struct call_channel *channel;
  struct call_cancel cancel;
  struct call_security security;
};

static struct call_object *from_inner(IUnknown *inner)
{
  return CONTAINING_RECORD(inner, struct call_object, inner);
}

static void call_object_destroy(struct call_object *call)
{
  if (call->channel)
    call_channel_forget_listener(call->channel);
  if (call->unknown)
    async_unknown_free(call->unknown);
  if (call->proxy) {
    call->proxy->lpVtbl->Disconnect(call->proxy);
    call->proxy->lpVtbl->Release(call->proxy);
  }
  if (call->channel)
    call_channel_release(call->channel);
  if (call->event)
    call->event->lpVtbl->Release(call->event);
  if (call->synchronous)
    object_reference_release(call->synchronous);
  call_security_end(&call->security);
  free(call);
}

/*
 * An interface that the asynchronous one inherits from: whoever makes the proxies knows these,
 * and gives the same pointer. Nothing else of the proxy's is the call object's.
 */
static HRESULT query_base(struct call_object *call, REFIID iid, void **object)
{
  IUnknown *found;

  if (!call->proxy || IsEqualIID(iid, &IID_IRpcProxyBuffer) ||
      FAILED(call->proxy->lpVtbl->QueryInterface(call->proxy, iid, (void **)&found)))
    return E_NOINTERFACE;
  if (found == call->async_interface) {
    *object = found;
    return S_OK;
  }
  found->lpVtbl->Release(found);
  return E_NOINTERFACE;
}

static HRESULT WINAPI inner_query_interface(IUnknown *inner, REFIID iid, void **object)
{
  struct call_object *call = from_inner(inner);
  IUnknown *found;

  if (!object)
    return E_POINTER;
  *object = NULL;
  if (IsEqualIID(iid, &IID_ISynchronize) || IsEqualIID(iid, &IID_ISynchronizeHandle))
    return call->event->lpVtbl->QueryInterface(call->event, iid, object);
  if (IsEqualIID(iid, &IID_IUnknown))
    found = &call->inner;
  else if (IsEqualIID(iid, &call->async_iid))
    found = call->async_interface;
  else if (IsEqualIID(iid, &IID_ICancelMethodCalls))
    found = (IUnknown *)&call->cancel.interface_part;
  else if (IsEqualIID(iid, &IID_IClientSecurity))
    found = (IUnknown *)&call->security.interface_part;
  else
    return query_base(call, iid, object);
  found->lpVtbl->AddRef(found);
  *object = found;
  return S_OK;
}

static ULONG WINAPI inner_add_ref(IUnknown *inner)
{
  return InterlockedIncrement(&from_inner(inner)->references);
}

static void end_spent(struct spent_call *spent)
{
  call_object_destroy(CONTAINING_RECORD(spent, struct call_object, spent));
}

/* Nobody has it, or the one to whom Finish_Release has left it. */
static void release_spent(struct call_object *call, LONG references)
{
  if (references < 0) {
    if (spent_calls_remove(&call->spent))
      call_object_destroy(call);
    return;
  }
  async_unknown_let_go(call->unknown);
  call_channel_close(call->channel);
  spent_calls_add(&call->spent, end_spent);
}

static ULONG WINAPI inner_release(IUnknown *inner)
{
  struct call_object *call = from_inner(inner);
  LONG references = InterlockedDecrement(&call->references);

  if (references > 0)
    return references;
  if (call->is_spent)
    release_spent(call, references);
  else
    call_object_destroy(call);
  return 0;
}

static void spend(void *context)
{
  struct call_object *call = context;

  if (!InterlockedExchange(&call->is_spent, 1))
    inner_release(&call->inner);
}

static IUnknownVtbl inner_table = {inner_query_interface, inner_add_ref, inner_release};

/* The channel to an interface at the exporter. */
static HRESULT open_channel(struct call_object *call, uint64_t oxid, const GUID *ipid,
                            REFIID iid)
{
  RPC_BINDING_HANDLE binding;
  HRESULT result = object_reference_bind(oxid, ipid, &binding);

  if (FAILED(result))
    return result;
  call->channel = call_channel_create(binding, object_reference_thread(oxid), iid);
  if (call->channel)
    return S_OK;
  RpcBindingFree(&binding);
  return E_OUTOFMEMORY;
}

/*
 * Only the server knows whether the object has the interface. It has a moment to say so; if it
 * is busy, the calls will find out.
 */
static HRESULT ask_server(struct call_object *call, const struct remote_scope *scope,
                          REFIID iid)
{
  struct interface_question *question;
  HRESULT result = interface_question_ask(scope->oxid, &scope->ipid, iid, &question);

  if (FAILED(result))
    return result;
  result = interface_question_wait(question, PATIENCE_MS);
  if (SUCCEEDED(result) || result == RPC_S_CALLPENDING)
    result = open_channel(call, scope->oxid, &scope->ipid, iid);
  if (SUCCEEDED(result))
    call_channel_set_question(call->channel, question);
  interface_question_release(question);
  return result;
}

/* The client's proxy of the interface, if there is one: without asking the server. */
static HRESULT find_proxy(struct call_object *call, IUnknown *remote, REFIID iid,
                          struct remote_scope *scope, struct standard_reference *reference)
{
  HRESULT result;

  if (!remote_scope_enter(scope, REMOTE_SCOPE_LOCAL))
    return E_OUTOFMEMORY;
  result = remote->lpVtbl->QueryInterface(remote, iid, (void **)&call->synchronous);
  if (SUCCEEDED(result))
    result = object_reference_read(call->synchronous, iid, reference);
  else
    call->synchronous = NULL;
  remote_scope_leave(scope);
  return result;
}

/* The channel to the server's synchronous interface. */
static HRESULT make_channel(struct call_object *call, IUnknown *remote)
{
  struct standard_reference reference;
  struct remote_scope scope = {0};
  IID iid;
  HRESULT result = async_interface_synchronous(&call->async_iid, &iid);

  if (FAILED(result))
    return result;
  result = find_proxy(call, remote, &iid, &scope, &reference);
  if (SUCCEEDED(result))
    return open_channel(call, reference.oxid, &reference.ipid, &iid);
  return scope.asked ? ask_server(call, &scope, &iid) : result;
}

/* The event, which the channel signals. */
static HRESULT make_event(struct call_object *call)
{
  ISynchronize *synchronize;
  HRESULT result = manual_reset_event_create(call->outer, &IID_IUnknown, (void **)&call->event);

  if (SUCCEEDED(result))
    result = call->event->lpVtbl->QueryInterface(call->event, &IID_ISynchronize,
                                                 (void **)&synchronize);
  if (FAILED(result))
    return result;
  /* A part holds no reference of the whole. */
  synchronize->lpVtbl->Release(synchronize);
  return call_channel_set_listener(
      call->channel, call->outer == &call->inner ? NULL : call->outer, synchronize);
}

static HRESULT make_proxy(struct call_object *call)
{
  IPSFactoryBuffer *factory;
  HRESULT result = async_interface_factory(&call->async_iid, &factory);

  if (FAILED(result))
    return E_NOINTERFACE;
  result = factory->lpVtbl->CreateProxy(factory, call->outer, &call->async_iid, &call->proxy,
                                        (void **)&call->async_interface);
  factory->lpVtbl->Release(factory);
  if (FAILED(result)) {
    call->proxy = NULL;
    return result;
  }
  call->async_interface->lpVtbl->Release(call->async_interface); /* as the event */
  return call->proxy->lpVtbl->Connect(call->proxy, call_channel_interface(call->channel));
}

static bool is_of_unknown(REFIID async_iid)
{
  return IsEqualIID(async_iid, &IID_AsyncIUnknown) || IsEqualIID(async_iid, &IID_AsyncIMultiQI);
}

/* The interfaces of the proxy manager itself, which have no proxy. */
static HRESULT make_unknown(struct call_object *call, IUnknown *remote,
                            const struct object_place *place)
{
  call->unknown = async_unknown_create(remote, place, call->channel, call->outer, spend, call);
  if (!call->unknown)
    return E_OUTOFMEMORY;
  call->async_interface = IsEqualIID(&call->async_iid, &IID_AsyncIUnknown)
                              ? async_unknown_interface(call->unknown)
                              : async_unknown_multiple_interface(call->unknown);
  return S_OK;
}

static HRESULT make_parts_of_unknown(struct call_object *call, IUnknown *remote)
{
  struct object_place place;
  HRESULT result = object_reference_locate(remote, &place.oxid, &place.ipid);

  if (SUCCEEDED(result))
    result = remote_unknown_call_create(place.oxid, &call->channel);
  if (SUCCEEDED(result))
    result = make_event(call);
  return SUCCEEDED(result) ? make_unknown(call, remote, &place) : result;
}

static HRESULT make_parts(struct call_object *call, IUnknown *remote)
{
  HRESULT result;

  if (is_of_unknown(&call->async_iid))
    return make_parts_of_unknown(call, remote);
  result = make_channel(call, remote);
  if (SUCCEEDED(result))
    result = make_event(call);
  return SUCCEEDED(result) ? make_proxy(call) : result;
}

HRESULT call_object_create(IUnknown *remote, REFIID async_iid, IUnknown *outer,
                           IUnknown **object)
{
  struct call_object *call;
  HRESULT result;

  *object = NULL;
  if (!com_apartments_get()) /* Wine's rpcrt4.dll cannot make such calls */
    return E_NOINTERFACE;
  call = calloc(1, sizeof(*call));
  if (!call)
    return E_OUTOFMEMORY;
  call->inner.lpVtbl = &inner_table;
  call->outer = outer ? outer : &call->inner;
  call->references = 1;
  call->async_iid = *async_iid;
  call_security_init(&call->security, call->outer);
  result = make_parts(call, remote);
  if (FAILED(result)) {
    call_object_destroy(call);
    return result;
  }
  call_cancel_init(&call->cancel, call->outer, call->channel);
  *object = &call->inner;
  return S_OK;
}
