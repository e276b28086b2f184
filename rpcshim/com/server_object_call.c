#include "server_object_call.h"

#include <stdlib.h>
#include <string.h>

#include "../server/object_calls.h"
#include "../wire/error_info.h"
#include "../wire/orpc.h"
#include "apartment.h"
#include "call_context.h"
#include "com_library.h"
#include "error_reply.h"
#include "object_arguments.h"

enum stage {
  STAGE_BEGUN = 1,
  STAGE_SIGNALLED = 2,
  STAGE_DISCONNECTED = 4,
};

struct server_object_call {
  IUnknown unknown; /* the controlling one */
  ISynchronize synchronize;
  LONG references;
  LONG stage;   /* bits of enum stage, which only come */
  LONG is_set;  /* ISynchronize, for those who wait for it */
  HANDLE event; /* likewise; made when the first one waits */

  IUnknown *object;    /* the server's call object, by its own unknown */
  void *methods;       /* its AsyncI interface: not counted, `object` keeps it */
  unsigned int method; /* of the synchronous interface */
  HRESULT begin_result;
  struct call_context *context;
  bool has_errors;
  struct error_reply error; /* of Begin_ or Finish_ */

  /* Until it has replied: */
  IRpcStubBuffer *stub; /* keeps `twins` */
  struct stub_calls *calls;
  struct stub_call listed;
  IRpcChannelBuffer *channel;
  const struct async_interface *twins;
  struct async_lineage *lineage;
  struct object_arguments *arguments;
  struct server_call *rpc_call; /* kept open */
  RPC_ASYNC_STATE state;        /* makes rpc_call asynchronous */
  struct apartment *apartment;
  struct apartment_task finish;
};

/* ---- the controlling unknown ---- */

static struct server_object_call *from_unknown(IUnknown *unknown)
{
  return CONTAINING_RECORD(unknown, struct server_object_call, unknown);
}

static HRESULT STDMETHODCALLTYPE unknown_query_interface(IUnknown *unknown, REFIID iid,
                                                         void **object)
{
  struct server_object_call *call = from_unknown(unknown);

  *object = NULL;
  if (IsEqualIID(iid, &IID_IUnknown))
    *object = &call->unknown;
  else if (IsEqualIID(iid, &IID_ISynchronize))
    *object = &call->synchronize;
  else
    return call->object ? IUnknown_QueryInterface(call->object, iid, object) : E_NOINTERFACE;
  IUnknown_AddRef(unknown);
  return S_OK;
}

static ULONG STDMETHODCALLTYPE unknown_add_ref(IUnknown *unknown)
{
  return InterlockedIncrement(&from_unknown(unknown)->references);
}

static ULONG STDMETHODCALLTYPE unknown_release(IUnknown *unknown)
{
  struct server_object_call *call = from_unknown(unknown);
  LONG references = InterlockedDecrement(&call->references);

  if (references)
    return references;
  call->references = 1; /* the object may count us while it goes */
  if (call->object)
    IUnknown_Release(call->object);
  if (call->event)
    CloseHandle(call->event);
  if (call->apartment)
    apartment_release(call->apartment);
  if (call->context)
    call_context_release(call->context);
  error_reply_destroy(&call->error);
  free(call);
  return 0;
}

static IUnknownVtbl unknown_methods = {unknown_query_interface, unknown_add_ref,
                                       unknown_release};

/* ---- stages ---- */

static bool is_over(LONG stage)
{
  return stage & STAGE_BEGUN && stage & (STAGE_SIGNALLED | STAGE_DISCONNECTED);
}

/* true, once: Begin_ and what it waits for are over, and the end is the caller's to make. */
static bool enter_stages(struct server_object_call *call, LONG stages)
{
  LONG before = InterlockedOr(&call->stage, stages);

  return !is_over(before) && is_over(before | stages);
}

/* From outside of Begin_. */
static void move_on(struct server_object_call *call, LONG stage)
{
  if (enter_stages(call, stage))
    apartment_run(call->apartment, &call->finish);
}

/* ---- what the stub sees ---- */

static struct server_object_call *from_listed(struct stub_call *listed)
{
  return CONTAINING_RECORD(listed, struct server_object_call, listed);
}

static void listed_disconnect(struct stub_call *listed)
{
  move_on(from_listed(listed), STAGE_DISCONNECTED);
}

static void listed_add_reference(struct stub_call *listed)
{
  unknown_add_ref(&from_listed(listed)->unknown);
}

static void listed_release(struct stub_call *listed)
{
  unknown_release(&from_listed(listed)->unknown);
}

/* ---- ISynchronize ---- */

static struct server_object_call *from_synchronize(ISynchronize *synchronize)
{
  return CONTAINING_RECORD(synchronize, struct server_object_call, synchronize);
}

static HRESULT STDMETHODCALLTYPE synchronize_query_interface(ISynchronize *synchronize,
                                                             REFIID iid, void **object)
{
  return unknown_query_interface(&from_synchronize(synchronize)->unknown, iid, object);
}

static ULONG STDMETHODCALLTYPE synchronize_add_ref(ISynchronize *synchronize)
{
  return unknown_add_ref(&from_synchronize(synchronize)->unknown);
}

static ULONG STDMETHODCALLTYPE synchronize_release(ISynchronize *synchronize)
{
  return unknown_release(&from_synchronize(synchronize)->unknown);
}

/* Whoever sets is_set looks for the event afterwards; here it is the other way round. */
static HANDLE event_of(struct server_object_call *call)
{
  HANDLE event;

  if (call->event)
    return call->event;
  event = CreateEventW(NULL, TRUE, FALSE, NULL);
  if (event && InterlockedCompareExchangePointer(&call->event, event, NULL))
    CloseHandle(event);
  if (call->event && call->is_set)
    SetEvent(call->event);
  return call->event;
}

static HRESULT STDMETHODCALLTYPE synchronize_wait(ISynchronize *synchronize, DWORD flags,
                                                  DWORD milliseconds)
{
  HANDLE event = event_of(from_synchronize(synchronize));
  DWORD index;

  return event ? com_library.CoWaitForMultipleHandles(flags, milliseconds, 1, &event, &index)
               : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE synchronize_signal(ISynchronize *synchronize)
{
  struct server_object_call *call = from_synchronize(synchronize);

  /* Replying may give up the last reference, and the caller's is the object's business. */
  unknown_add_ref(&call->unknown);
  call_context_complete(call->context);
  InterlockedExchange(&call->is_set, TRUE);
  if (call->event)
    SetEvent(call->event);
  move_on(call, STAGE_SIGNALLED);
  unknown_release(&call->unknown);
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE synchronize_reset(ISynchronize *synchronize)
{
  struct server_object_call *call = from_synchronize(synchronize);

  InterlockedExchange(&call->is_set, FALSE);
  if (call->event)
    ResetEvent(call->event);
  return S_OK;
}

static ISynchronizeVtbl synchronize_methods = {synchronize_query_interface, synchronize_add_ref,
                                               synchronize_release,         synchronize_wait,
                                               synchronize_signal,          synchronize_reset};

/* ---- error information ---- */

/* Before the object's method: what the thread has is somebody else's. */
static IErrorInfo *set_error_aside(void)
{
  return thread_error_exchange(&com_library.errors, NULL);
}

static void put_error_back(IErrorInfo *error)
{
  thread_error_exchange(&com_library.errors, error);
  if (error)
    IErrorInfo_Release(error);
}

/* After it: `is_last` is what the call ends with. */
static void take_error(struct server_object_call *call, bool is_last)
{
  IErrorInfo *error = thread_error_exchange(&com_library.errors, NULL);

  if (is_last && call->has_errors)
    error_reply_create(&call->error, error);
  else if (error)
    IErrorInfo_Release(error);
}

/* ---- the reply ---- */

/* The arguments lie in the request, which goes with the call: they are freed before. */
static HRESULT reply(struct server_object_call *call, unsigned int size)
{
  struct orpc_extension extension = {call->error.data, call->error.length};
  unsigned int header = (unsigned int)orpc_that_size(extension.length), length;
  RPC_MESSAGE message = {.BufferLength = header + size};
  HRESULT result;

  if (server_call_get_buffer(call->rpc_call, &message) != RPC_S_OK)
    return E_OUTOFMEMORY;
  orpc_that_write(message.Buffer, &error_extension_id, &extension);
  result = object_arguments_write(call->arguments, (unsigned char *)message.Buffer + header,
                                  &length);
  if (FAILED(result))
    return result;
  object_arguments_free(call->arguments);
  call->arguments = NULL;
  server_call_respond(call->rpc_call, message.Buffer, header + length);
  return S_OK;
}

/* `number`: of the asynchronous interface. */
static struct object_method method_of(const struct server_object_call *call,
                                      unsigned int number)
{
  const STUB_THUNK *thunks = async_lineage_of_method(call->lineage, call->method)->thunks;
  struct object_method method = {call->methods, number, thunks ? thunks[number] : NULL};

  return method;
}

/* Signal() may have brought it here, out of a method of another call: Finish_ is none of its.
 */
static HRESULT finish(struct server_object_call *call, HRESULT *method_result)
{
  struct object_method method = method_of(call, async_interface_finish_method(call->method));
  IErrorInfo *outer = set_error_aside();
  struct call_context_frame frame;
  HRESULT result;

  call_context_enter(call->context, &frame);
  result = object_arguments_finish(call->arguments, &method, method_result);
  call_context_leave(&frame);
  take_error(call, SUCCEEDED(result));
  put_error_back(outer);
  return result;
}

/* What Finish_ and the reply come to. */
static HRESULT finish_and_reply(struct server_object_call *call)
{
  HRESULT method_result = call->begin_result, result = S_OK;
  unsigned int size;

  if (!(call->stage & STAGE_SIGNALLED))
    return RPC_E_DISCONNECTED;
  call_context_complete(call->context);
  if (SUCCEEDED(method_result))
    result = finish(call, &method_result);
  if (SUCCEEDED(result))
    result = object_arguments_reply_size(call->arguments, method_result, &size);
  if (FAILED(result))
    return result;
  return reply(call, size);
}

/* The call's own reference, and all that is needed no more: in the object's apartment. */
static void let_go(struct server_object_call *call)
{
  stub_calls_remove(call->calls, &call->listed);
  stub_calls_release(call->calls);
  if (call->arguments)
    object_arguments_free(call->arguments);
  if (call->context)
    call_context_complete(call->context);
  if (call->rpc_call)
    server_call_release(call->rpc_call);
  IRpcChannelBuffer_Release(call->channel);
  async_lineage_release(call->lineage);
  IRpcStubBuffer_Release(call->stub);
  unknown_release(&call->unknown);
}

static void fail(struct server_object_call *call, HRESULT result)
{
  object_arguments_free(call->arguments);
  call->arguments = NULL;
  server_call_fault(call->rpc_call, (ULONG)result, true);
}

static void end(struct apartment_task *task, bool alive)
{
  struct server_object_call *call = CONTAINING_RECORD(task, struct server_object_call, finish);
  HRESULT result = RPC_E_DISCONNECTED;

  if (server_call_claim(call->rpc_call) == RPC_S_OK) {
    if (alive)
      result = finish_and_reply(call);
    if (FAILED(result))
      fail(call, result);
  }
  let_go(call);
}

/* ---- the call ---- */

/* The reference that the interface has is given back: the object has one of ours without it. */
static HRESULT create_object(struct server_object_call *call, ICallFactory *factory)
{
  HRESULT result = ICallFactory_CreateCall(factory, call->twins->asynchronous, &call->unknown,
                                           &IID_IUnknown, &call->object);

  if (FAILED(result) || !call->object) {
    call->object = NULL;
    return S_FALSE;
  }
  if (FAILED(IUnknown_QueryInterface(call->object, call->twins->asynchronous, &call->methods)))
    return S_FALSE;
  unknown_release(&call->unknown);
  return S_OK;
}

static struct server_object_call *create(const struct server_object_invocation *invocation)
{
  struct server_object_call *call = calloc(1, sizeof(*call));

  if (!call)
    return NULL;
  call->unknown.lpVtbl = &unknown_methods;
  call->synchronize.lpVtbl = &synchronize_methods;
  call->references = 1;
  call->method = invocation->message->iMethod;
  call->twins = invocation->twins;
  call->has_errors = invocation->has_errors;
  call->lineage = invocation->lineage;
  async_lineage_add_reference(call->lineage);
  call->finish.run = end;
  call->stub = invocation->stub;
  IRpcStubBuffer_AddRef(call->stub);
  call->calls = invocation->calls;
  stub_calls_add_reference(call->calls);
  call->listed.disconnect = listed_disconnect;
  call->listed.add_reference = listed_add_reference;
  call->listed.release = listed_release;
  call->channel = invocation->channel;
  IRpcChannelBuffer_AddRef(call->channel);
  return call;
}

/* Finds the call that is to be kept open. S_FALSE: it did not come by RPC, or there is no way
 * to come back to this apartment. */
static HRESULT find_rpc_call(struct server_object_call *call, RPCOLEMESSAGE *message)
{
  HRESULT result;

  call->rpc_call = object_calls_find((RPC_MESSAGE *)message);
  if (!call->rpc_call)
    return S_FALSE;
  result = apartment_current(&call->apartment);
  return result == E_UNEXPECTED ? S_FALSE : result;
}

static HRESULT create_context(struct server_object_call *call, RPCOLEMESSAGE *message)
{
  call->context = call_context_create((RPC_MESSAGE *)message, call->rpc_call);
  return call->context ? S_OK : E_OUTOFMEMORY;
}

static HRESULT unmarshall(struct server_object_call *call,
                          const struct server_object_invocation *invocation)
{
  RPC_STATUS status;
  HRESULT result = object_arguments_create(
      async_lineage_of_method(call->lineage, call->method), invocation->message,
      binding_handle(call->rpc_call->binding), call->channel, &call->arguments);

  if (FAILED(result))
    return result;
  status = server_call_set_async(call->rpc_call, &call->state);
  return HRESULT_FROM_WIN32(status);
}

/* Begin_. true: the end is next, and this thread's to make. */
static bool begin(struct server_object_call *call)
{
  struct object_method method = method_of(call, async_interface_begin_method(call->method));
  struct call_context_frame frame;
  LONG stages = STAGE_BEGUN;
  HRESULT result;

  thread_error_receive(&com_library.errors, NULL, 0);
  stub_calls_add(call->calls, &call->listed);
  call_context_enter(call->context, &frame);
  result = object_arguments_begin(call->arguments, &method, &call->begin_result);
  call_context_leave(&frame);
  if (FAILED(result))
    call->begin_result = result;
  take_error(call, FAILED(call->begin_result));
  if (FAILED(call->begin_result))
    stages |= STAGE_SIGNALLED;
  return enter_stages(call, stages);
}

HRESULT server_object_call_invoke(const struct server_object_invocation *invocation)
{
  struct server_object_call *call = com_library_load() ? create(invocation) : NULL;
  HRESULT result;

  if (!call)
    return E_OUTOFMEMORY;
  result = find_rpc_call(call, invocation->message);
  if (result == S_OK)
    result = create_context(call, invocation->message);
  if (result == S_OK)
    result = create_object(call, invocation->factory);
  if (result == S_OK)
    result = unmarshall(call, invocation);
  if (result != S_OK) {
    let_go(call);
    return result;
  }
  /* From here on it is end() that ends it. */
  if (begin(call))
    end(&call->finish, true);
  return S_OK;
}
