#include "call_object.h"

#include <rpc.h>
#include <stdbool.h>
#include <stdlib.h>

#include "../original/original.h"
#include "../remote/object_reference.h"
#include "../remote/remote_scope.h"
#include "../sync/manual_reset_event.h"
#include "async_interface.h"
#include "call_cancel.h"
#include "call_channel.h"
#include "call_security.h"
#include "interface_question.h"

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
  IUnknown *async_interface; /* the proxy's; the reference is `proxy` */
  struct call_channel *channel;
  struct call_cancel cancel;
  struct call_security security;
};

static struct call_object *from_inner(IUnknown *inner)
{
  return CONTAINING_RECORD(inner, struct call_object, inner);
}

/*
 * From any thread: combase tells the server from whatever apartment it is in. A thread that is
 * in none has to enter one, or else the server keeps its object.
 */
static void release_synchronous(IUnknown *proxy)
{
  APTTYPE type;
  APTTYPEQUALIFIER qualifier;
  bool entered = FAILED(original.CoGetApartmentType(&type, &qualifier)) &&
                 SUCCEEDED(original.CoInitializeEx(NULL, COINIT_MULTITHREADED));

  proxy->lpVtbl->Release(proxy);
  if (entered)
    original.CoUninitialize();
}

static void call_object_destroy(struct call_object *call)
{
  if (call->channel)
    call_channel_forget_listener(call->channel);
  if (call->proxy) {
    call->proxy->lpVtbl->Disconnect(call->proxy);
    call->proxy->lpVtbl->Release(call->proxy);
  }
  if (call->channel)
    call_channel_release(call->channel);
  if (call->event)
    call->event->lpVtbl->Release(call->event);
  if (call->synchronous)
    release_synchronous(call->synchronous);
  call_security_end(&call->security);
  free(call);
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
    return E_NOINTERFACE;
  found->lpVtbl->AddRef(found);
  *object = found;
  return S_OK;
}

static ULONG WINAPI inner_add_ref(IUnknown *inner)
{
  return InterlockedIncrement(&from_inner(inner)->references);
}

static ULONG WINAPI inner_release(IUnknown *inner)
{
  struct call_object *call = from_inner(inner);
  LONG references = InterlockedDecrement(&call->references);

  if (!references)
    call_object_destroy(call);
  return references;
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

HRESULT call_object_create(IUnknown *remote, REFIID async_iid, IUnknown *outer,
                           IUnknown **object)
{
  struct call_object *call = calloc(1, sizeof(*call));
  HRESULT result;

  *object = NULL;
  if (!call)
    return E_OUTOFMEMORY;
  call->inner.lpVtbl = &inner_table;
  call->outer = outer ? outer : &call->inner;
  call->references = 1;
  call->async_iid = *async_iid;
  call_security_init(&call->security, call->outer);
  result = make_channel(call, remote);
  if (SUCCEEDED(result))
    result = make_event(call);
  if (SUCCEEDED(result))
    result = make_proxy(call);
  if (FAILED(result)) {
    call_object_destroy(call);
    return result;
  }
  call_cancel_init(&call->cancel, call->outer, call->channel);
  *object = &call->inner;
  return S_OK;
}
