#include "loopback.h"

#include <stdlib.h>

#include "../../rpcshim/ndr/async_call.h"
#include "../../rpcshim/contexts/context_wait.h"
#include "../../rpcshim/server/running_call.h"
#include "../../rpcshim/seh/guard.h"
#include "../harness/harness.h"

#define BINDING_MAGIC 0x42494e44
#define CALL_MAGIC    0x43414c4c

struct loopback_binding {
  DWORD magic;
};

/* One call: both ends of it. Freed when both have let go. */
struct loopback_call {
  DWORD magic; /* while it is a live server call */
  LONG references;
  RPC_MESSAGE message;            /* the server's */
  struct context_table *contexts; /* of the association it came in on; counted */
  void *request;
  RPC_ASYNC_STATE *server_state;
  LONG claimed;
  bool ended;
  RPC_STATUS outcome;
  void *reply;
  unsigned int reply_length;
  HANDLE done;
};

static RPC_SERVER_INTERFACE *served;
static struct context_table *association;
static LONG live_buffers, live_bindings, live_memory;
static unsigned int corrupt_cut, corrupt_offset, last_request;
static int corrupt_byte = -1;
static RPC_STATUS fail_next, fail_next_buffer;
static __thread struct loopback_call *current_call;

void loopback_serve(RPC_IF_HANDLE server_interface)
{
  served = server_interface;
}

static void call_waits(RPC_BINDING_HANDLE handle)
{
  (void)handle;
}

static void *no_owner(RPC_BINDING_HANDLE handle)
{
  (void)handle;
  return NULL;
}

static const struct context_host host = {.call_waits = call_waits, .add_context = no_owner};

struct context_table *loopback_association(void)
{
  if (!association)
    association = context_table_create(&host);
  CHECK(association);
  return association;
}

void loopback_disconnect(void)
{
  struct context_table *table = association;

  association = NULL;
  if (table)
    context_table_rundown_and_release(table);
}

long loopback_live_buffers(void)
{
  return live_buffers;
}

long loopback_live_bindings(void)
{
  return live_bindings;
}

long loopback_live_memory(void)
{
  return live_memory;
}

void loopback_corrupt(unsigned int cut, unsigned int offset, unsigned char byte)
{
  corrupt_cut = cut;
  corrupt_offset = offset;
  corrupt_byte = byte;
}

unsigned int loopback_last_request(void)
{
  return last_request;
}

void loopback_fail_next(RPC_STATUS status)
{
  fail_next = status;
}

void loopback_fail_next_buffer(RPC_STATUS status)
{
  fail_next_buffer = status;
}

/* ---- memory ---- */

void *__RPC_USER midl_user_allocate(size_t size)
{
  void *memory = malloc(size);

  if (memory) {
    memset(memory, 0xcd, size); /* nobody may rely on zeros */
    InterlockedIncrement(&live_memory);
  }
  return memory;
}

void __RPC_USER midl_user_free(void *memory)
{
  if (!memory)
    return;
  CHECK(InterlockedDecrement(&live_memory) >= 0);
  free(memory);
}

static void *buffer_allocate(unsigned int length)
{
  void *buffer = malloc(length ? length : 1);

  CHECK(buffer);
  memset(buffer, 0xee, length);
  InterlockedIncrement(&live_buffers);
  return buffer;
}

static void buffer_free(void *buffer)
{
  if (!buffer)
    return;
  CHECK(InterlockedDecrement(&live_buffers) >= 0);
  free(buffer);
}

/* ---- binding handles ---- */

RPC_BINDING_HANDLE loopback_binding(void)
{
  static struct loopback_binding binding = {BINDING_MAGIC};

  return &binding;
}

static struct loopback_call *server_call_of(RPC_BINDING_HANDLE handle)
{
  struct loopback_call *call = handle;

  return call && call->magic == CALL_MAGIC ? call : NULL;
}

static bool is_client(RPC_BINDING_HANDLE handle)
{
  return handle && ((struct loopback_binding *)handle)->magic == BINDING_MAGIC;
}

RPC_STATUS RPC_ENTRY RpcBindingCopy(RPC_BINDING_HANDLE source, RPC_BINDING_HANDLE *copy)
{
  struct loopback_binding *binding;

  if (!is_client(source))
    return RPC_S_INVALID_BINDING;
  binding = malloc(sizeof(*binding));
  CHECK(binding);
  binding->magic = BINDING_MAGIC;
  InterlockedIncrement(&live_bindings);
  *copy = binding;
  return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcBindingFree(RPC_BINDING_HANDLE *handle)
{
  CHECK(is_client(*handle));
  InterlockedDecrement(&live_bindings);
  ((struct loopback_binding *)*handle)->magic = 0;
  free(*handle);
  *handle = NULL;
  return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcBindingFromStringBindingA(RPC_CSTR text, RPC_BINDING_HANDLE *binding)
{
  (void)text;
  return RpcBindingCopy(loopback_binding(), binding);
}

RPC_BINDING_HANDLE RPC_ENTRY I_RpcGetCurrentCallHandle(void)
{
  return current_call;
}

/* One request at a time: there is nobody to pass. */
void server_call_enters_manager(RPC_BINDING_HANDLE handle)
{
  (void)handle;
}

/* Whoever has to wait waits on his thread. */
RPC_STATUS server_call_lock_context(RPC_BINDING_HANDLE handle, const void *user_context,
                                    bool exclusive)
{
  struct context_table *table = server_context_table(handle);
  return table ? context_table_lock(table, handle, user_context, exclusive)
               : RPC_S_INVALID_BINDING;
}

RPC_STATUS server_call_find_contexts(RPC_BINDING_HANDLE handle,
                                     struct context_request *requests, unsigned int count,
                                     server_call_resume resume, void *context)
{
  struct context_table *table = server_context_table(handle);
  struct context_wait wait = {.call = handle, .requests = requests, .count = count};
  RPC_STATUS status;

  (void)resume, (void)context;
  if (!table)
    return RPC_S_INVALID_BINDING;
  status = context_wait_begin(table, &wait);
  return status == RPC_S_ASYNC_CALL_PENDING ? context_wait_answer(table, &wait) : status;
}

struct context_table *server_context_table(RPC_BINDING_HANDLE handle)
{
  struct loopback_call *call = server_call_of(handle);

  return call ? call->contexts : NULL;
}

/* ---- calls ---- */

static void call_release(struct loopback_call *call)
{
  if (InterlockedDecrement(&call->references))
    return;
  buffer_free(call->reply);
  buffer_free(call->request);
  context_table_release(call->contexts);
  CloseHandle(call->done);
  free(call);
}

/* The server's end of it. */
static void call_end(struct loopback_call *call, RPC_STATUS outcome)
{
  CHECK(!call->ended);
  call->ended = true;
  call->outcome = outcome;
  call->magic = 0;
  call->message.Handle = NULL;
  SetEvent(call->done);
}

static void apply_corruption(RPC_MESSAGE *message)
{
  last_request = message->BufferLength;
  if (corrupt_byte < 0)
    return;
  if (corrupt_offset < message->BufferLength)
    ((unsigned char *)message->Buffer)[corrupt_offset] = (unsigned char)corrupt_byte;
  message->BufferLength -= min(corrupt_cut, message->BufferLength);
  corrupt_byte = -1;
}

/* Takes the request out of the client's message. */
static struct loopback_call *call_create(RPC_MESSAGE *client)
{
  struct loopback_call *call = calloc(1, sizeof(*call));

  CHECK(call);
  call->magic = CALL_MAGIC;
  call->references = 2;
  call->done = CreateEventW(NULL, TRUE, FALSE, NULL);
  CHECK(call->done);
  call->contexts = loopback_association();
  context_table_add_reference(call->contexts);
  call->request = client->Buffer;
  call->message.Handle = call;
  call->message.DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION;
  call->message.Buffer = client->Buffer;
  call->message.BufferLength = client->BufferLength;
  call->message.ProcNum = client->ProcNum & ~RPC_FLAGS_VALID_BIT;
  call->message.RpcInterfaceInformation = served;
  client->Buffer = NULL;
  apply_corruption(&call->message);
  return call;
}

static void run_dispatch(void *context)
{
  struct loopback_call *call = context;

  CHECK(call->message.ProcNum < served->DispatchTable->DispatchTableCount);
  served->DispatchTable->DispatchTable[call->message.ProcNum](&call->message);
}

static void take_reply(struct loopback_call *call)
{
  if (call->message.Buffer != call->request) {
    call->reply = call->message.Buffer;
    call->reply_length = call->message.BufferLength;
  }
}

/* The server's side of a call, on this thread, until its dispatch routine returns. */
static void dispatch(struct loopback_call *call)
{
  struct loopback_call *outer = current_call;
  DWORD code;

  current_call = call;
  if (!guarded_call(run_dispatch, NULL, call, &code)) {
    /* Once asynchronous, an exception of the manager is the interpreter's own business. */
    CHECK(!call->server_state);
    if (call->message.Buffer != call->request)
      buffer_free(call->message.Buffer);
    call_end(call, (RPC_STATUS)code);
  } else if (!call->server_state) {
    take_reply(call);
    call_end(call, RPC_S_OK);
  }
  current_call = outer;
  call_release(call);
}

static RPC_STATUS take_failure(RPC_STATUS *failure)
{
  RPC_STATUS status = *failure;

  *failure = RPC_S_OK;
  return status;
}

RPC_STATUS RPC_ENTRY I_RpcGetBuffer(RPC_MESSAGE *message)
{
  RPC_STATUS status;

  if (server_call_of(message->Handle)) {
    message->Buffer = buffer_allocate(message->BufferLength);
    return RPC_S_OK;
  }
  if (!is_client(message->Handle))
    return RPC_S_INVALID_BINDING;
  status = take_failure(&fail_next_buffer);
  if (status == RPC_S_OK)
    message->Buffer = buffer_allocate(message->BufferLength);
  return status;
}

RPC_STATUS RPC_ENTRY I_RpcFreeBuffer(RPC_MESSAGE *message)
{
  struct loopback_call *call = message->ReservedForRuntime;

  buffer_free(message->Buffer);
  message->Buffer = NULL;
  message->ReservedForRuntime = NULL;
  if (call)
    call_release(call);
  return RPC_S_OK;
}

static RPC_STATUS hand_over(RPC_MESSAGE *message, struct loopback_call *call)
{
  message->Buffer = call->reply;
  message->BufferLength = call->reply_length;
  call->reply = NULL;
  return call->outcome;
}

RPC_STATUS RPC_ENTRY I_RpcSendReceive(RPC_MESSAGE *message)
{
  struct loopback_call *call;
  RPC_STATUS status = take_failure(&fail_next);

  if (status != RPC_S_OK)
    return status;
  call = call_create(message);
  dispatch(call);
  CHECK_SIGNALLED(call->done);
  status = hand_over(message, call);
  call_release(call);
  return status;
}

RPC_STATUS RPC_ENTRY I_RpcAsyncSetHandle(RPC_MESSAGE *message, RPC_ASYNC_STATE *state)
{
  struct loopback_call *call = server_call_of(message->Handle);

  if (call) {
    CHECK(!call->server_state);
    call->server_state = state;
  }
  CHECK(state->StubInfo);
  state->RuntimeInfo = message->Handle;
  return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY I_RpcSend(RPC_MESSAGE *message)
{
  struct loopback_call *call = server_call_of(message->Handle);
  RPC_STATUS status;

  if (call) {
    take_reply(call);
    call_end(call, RPC_S_OK);
    return RPC_S_OK;
  }
  CHECK(message->RpcFlags & RPC_BUFFER_ASYNC);
  status = take_failure(&fail_next);
  if (status != RPC_S_OK)
    return status;
  call = call_create(message);
  message->ReservedForRuntime = call;
  dispatch(call); /* the message may have gone when this returns */
  return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY I_RpcReceive(RPC_MESSAGE *message, unsigned int size)
{
  struct loopback_call *call = message->ReservedForRuntime;

  (void)size;
  return call->ended ? hand_over(message, call) : RPC_S_ASYNC_CALL_PENDING;
}

RPC_STATUS RPC_ENTRY I_RpcAsyncAbortCall(RPC_ASYNC_STATE *state, ULONG code)
{
  struct loopback_call *call = server_call_of(state->RuntimeInfo);

  CHECK(call && call->server_state == state);
  if (call->message.Buffer != call->request)
    buffer_free(call->message.Buffer);
  call_end(call, (RPC_STATUS)code);
  return RPC_S_OK;
}

/* ---- RpcAsync* ---- */

RPC_STATUS RPC_ENTRY RpcAsyncInitializeHandle(RPC_ASYNC_STATE *state, unsigned int size)
{
  CHECK_EQ(size, sizeof(*state));
  memset(state, 0, sizeof(*state));
  state->Size = size;
  state->Signature = ASYNC_SIGNATURE;
  return RPC_S_OK;
}

static RPC_STATUS claim(RPC_ASYNC_STATE *state, bool *is_server)
{
  struct loopback_call *call;

  if (state->Signature != ASYNC_SIGNATURE || !state->RuntimeInfo)
    return RPC_S_INVALID_ASYNC_HANDLE;
  call = server_call_of(state->RuntimeInfo);
  *is_server = call != NULL;
  if (call && InterlockedExchange(&call->claimed, 1))
    return RPC_S_INVALID_ASYNC_CALL;
  return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcAsyncCompleteCall(RPC_ASYNC_STATE *state, void *reply)
{
  bool is_server;
  RPC_STATUS status = claim(state, &is_server);

  if (status != RPC_S_OK)
    return status;
  return is_server ? ndr_async_server_complete(state, reply)
                   : ndr_async_client_complete(state, reply);
}

RPC_STATUS RPC_ENTRY RpcAsyncAbortCall(RPC_ASYNC_STATE *state, ULONG code)
{
  bool is_server;
  RPC_STATUS status = claim(state, &is_server);

  if (status == RPC_S_OK && !is_server)
    status = RPC_S_INVALID_ASYNC_CALL;
  return status == RPC_S_OK ? ndr_async_server_abort(state, code) : status;
}
