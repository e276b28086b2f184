/*
 * Interface pointers in asynchronous calls: COM marshals them, as in any other call. The server
 * calls back while its own call is pending, and releases what it was given however that ends.
 */
#define COBJMACROS
#include "async_call.h"
#include "interface_pointers.h"
#include "procedures.h"
#include "server.h"

#include <stdlib.h>
#include <string.h>

enum ending { ENDING_COMPLETE, ENDING_ABORT, ENDING_RAISE, ENDING_LATER };
#define CODE 0xe0004712

/* ---- a stream that notes what is written to it ---- */

struct note {
  ISequentialStream ISequentialStream_iface;
  LONG references;
  LONG length;
  char text[256];
};

static LONG notes_alive;

static struct note *note_from_stream(ISequentialStream *stream)
{
  return CONTAINING_RECORD(stream, struct note, ISequentialStream_iface);
}

static HRESULT WINAPI note_query_interface(ISequentialStream *stream, REFIID iid, void **object)
{
  if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_ISequentialStream)) {
    *object = NULL;
    return E_NOINTERFACE;
  }
  ISequentialStream_AddRef(stream);
  *object = stream;
  return S_OK;
}

static ULONG WINAPI note_add_ref(ISequentialStream *stream)
{
  return InterlockedIncrement(&note_from_stream(stream)->references);
}

static ULONG WINAPI note_release(ISequentialStream *stream)
{
  struct note *note = note_from_stream(stream);
  LONG references = InterlockedDecrement(&note->references);
  if (!references) {
    free(note);
    InterlockedDecrement(&notes_alive);
  }
  return references;
}

static HRESULT WINAPI note_read(ISequentialStream *stream, void *data, ULONG size, ULONG *read)
{
  struct note *note = note_from_stream(stream);
  *read = min(size, (ULONG)note->length);
  memcpy(data, note->text, *read);
  return *read == size ? S_OK : S_FALSE;
}

static HRESULT WINAPI note_write(ISequentialStream *stream, const void *data, ULONG size,
                                 ULONG *written)
{
  struct note *note = note_from_stream(stream);
  if (size > sizeof(note->text) - note->length)
    return STG_E_MEDIUMFULL;
  memcpy(note->text + note->length, data, size);
  note->length += size;
  if (written)
    *written = size;
  return S_OK;
}

static const ISequentialStreamVtbl note_methods = {note_query_interface, note_add_ref,
                                                   note_release, note_read, note_write};

static ISequentialStream *note_create(const char *text)
{
  struct note *note = calloc(1, sizeof(*note));
  CHECK(note);
  note->ISequentialStream_iface.lpVtbl = (ISequentialStreamVtbl *)&note_methods;
  note->references = 1;
  note->length = (LONG)strlen(text);
  memcpy(note->text, text, note->length);
  InterlockedIncrement(&notes_alive);
  return &note->ISequentialStream_iface;
}

/* The text of a stream, wherever it is. */
static bool stream_is(ISequentialStream *stream, const char *text)
{
  char read[256] = {0};
  ULONG count = 0;
  return SUCCEEDED(ISequentialStream_Read(stream, read, sizeof(read), &count)) &&
         count == strlen(text) && !memcmp(read, text, count);
}

/* What COM holds of the object is released in calls of their own. */
static void check_only_reference(ISequentialStream *stream)
{
  while (InterlockedCompareExchange(&note_from_stream(stream)->references, 0, 0) != 1)
    SwitchToThread();
}

/* ---- the server ---- */

static ISequentialStream *kept;

static void complete(RPC_ASYNC_STATE *state, void *reply)
{
  CHECK_EQ(RpcAsyncCompleteCall(state, reply), RPC_S_OK);
}

static LONG write_to(ISequentialStream *stream, const char *text)
{
  ULONG written = 0;
  HRESULT result =
      stream ? ISequentialStream_Write(stream, text, (ULONG)strlen(text), &written) : E_POINTER;
  return SUCCEEDED(result) ? (LONG)written : result;
}

struct later {
  RPC_ASYNC_STATE *state;
  ISequentialStream *stream;
  char text[64];
};

/* A thread of the server's own, long after the manager routine has returned. */
static DWORD WINAPI write_later(void *context)
{
  struct later *later = context;
  LONG written = write_to(later->stream, later->text);
  complete(later->state, &written);
  free(later);
  return 0;
}

static void start_later(RPC_ASYNC_STATE *state, ISequentialStream *stream, const char *text)
{
  struct later *later = calloc(1, sizeof(*later));
  HANDLE thread;
  CHECK(later);
  later->state = state;
  later->stream = stream;
  strcpy(later->text, text);
  thread = CreateThread(NULL, 0, write_later, later, 0, NULL);
  CHECK(thread);
  CloseHandle(thread);
}

void server_stream_write(PRPC_ASYNC_STATE state, handle_t binding, LONG ending,
                         ISequentialStream *stream, const char *text)
{
  LONG written;
  (void)binding;
  if (ending == ENDING_LATER) {
    start_later(state, stream, text);
    return;
  }
  written = write_to(stream, text);
  if (ending == ENDING_ABORT)
    CHECK_EQ(RpcAsyncAbortCall(state, CODE), RPC_S_OK);
  else if (ending == ENDING_RAISE)
    RpcRaiseException(CODE);
  else
    complete(state, &written);
}

void server_stream_keep(PRPC_ASYNC_STATE state, handle_t binding, ISequentialStream *stream)
{
  (void)binding;
  kept = stream;
  ISequentialStream_AddRef(kept);
  complete(state, NULL);
}

void server_stream_write_kept(PRPC_ASYNC_STATE state, handle_t binding, const char *text)
{
  LONG written = write_to(kept, text);
  (void)binding;
  complete(state, &written);
}

void server_stream_forget(PRPC_ASYNC_STATE state, handle_t binding)
{
  (void)binding;
  ISequentialStream_Release(kept);
  kept = NULL;
  complete(state, NULL);
}

void server_stream_open(PRPC_ASYNC_STATE state, handle_t binding, LONG want,
                        ISequentialStream **stream)
{
  (void)binding;
  *stream = want ? note_create("the server's") : NULL;
  complete(state, NULL);
}

void server_stream_open_fails(PRPC_ASYNC_STATE state, handle_t binding,
                              ISequentialStream **stream)
{
  (void)binding;
  *stream = note_create("nobody's");
  CHECK_EQ(RpcAsyncAbortCall(state, CODE), RPC_S_OK);
}

void server_object_echo(PRPC_ASYNC_STATE state, handle_t binding, REFIID iid, IUnknown *object,
                        IUnknown **echo)
{
  (void)binding;
  *echo = NULL;
  if (object && FAILED(IUnknown_QueryInterface(object, iid, (void **)echo)))
    *echo = NULL;
  complete(state, NULL);
}

void server_stream_exchange(PRPC_ASYNC_STATE state, handle_t binding,
                            ISequentialStream **stream)
{
  (void)binding;
  write_to(*stream, "seen");
  ISequentialStream_Release(*stream);
  *stream = note_create("exchanged");
  complete(state, NULL);
}

LONG server_streams_alive(handle_t binding)
{
  (void)binding;
  return InterlockedCompareExchange(&notes_alive, 0, 0);
}

static void serve(enum wire wire, char *endpoint, size_t size)
{
  endpoint_choose(wire, endpoint, size);
  server_listen_here(wire, endpoint, MANAGERS_ASYNC);
  CHECK_EQ(RpcServerRegisterIf(server_interface_pointers_v1_0_s_ifspec, NULL, NULL), RPC_S_OK);
}

/* stream_server WIRE */
HELPER(stream_server)
{
  char endpoint[64];
  CHECK_EQ(argc, 1);
  CHECK_EQ(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
  serve(atoi(argv[0]), endpoint, sizeof(endpoint));
  helper_ready(endpoint);
  helper_wait_for_stop();
}

/* ---- the client ---- */

static RPC_BINDING_HANDLE binding;

/* With a server in another process; `local`: in this one. */
static void run(void (*body)(void), enum wire wire, bool local)
{
  char endpoint[64], arguments[8];
  struct helper helper;
  LONG blocks = midl_blocks();
  CHECK_EQ(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
  if (local) {
    serve(wire, endpoint, sizeof(endpoint));
  } else {
    snprintf(arguments, sizeof(arguments), "%d", wire);
    helper_start(&helper, "stream_server", arguments, RUNTIME_SHIM);
    strcpy(endpoint, helper.text);
  }
  binding = endpoint_bind(wire, endpoint);
  body();
  CHECK_EQ(midl_blocks(), blocks);
  CHECK_EQ(notes_alive, 0);
  while (client_streams_alive(binding))
    SwitchToThread();
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  if (!local)
    helper_stop(&helper);
}

#define WITH_STREAMS(name)                                                                     \
  static void name##_body(void);                                                               \
  TEST(name##_local)                                                                           \
  {                                                                                            \
    run(name##_body, WIRE_LOCAL, true);                                                        \
  }                                                                                            \
  TEST(name##_local_remote)                                                                    \
  {                                                                                            \
    run(name##_body, WIRE_LOCAL, false);                                                       \
  }                                                                                            \
  TEST(name##_tcp_remote)                                                                      \
  {                                                                                            \
    run(name##_body, WIRE_TCP, false);                                                         \
  }                                                                                            \
  static void name##_body(void)

/* Makes one call by the statement `start`, which uses `call`: its status. */
#define CALL(status, start, reply)                                                             \
  do {                                                                                         \
    struct async_call call;                                                                    \
    async_call_init(&call);                                                                    \
    start;                                                                                     \
    CHECK_EQ((ULONG)async_call_finish(&call, (reply)), (ULONG)(status));                       \
  } while (0)

WITH_STREAMS(server_calls_back_by_an_interface_pointer_and_releases_it)
{
  ISequentialStream *stream = note_create("");
  LONG written = 0;
  CALL(RPC_S_OK,
       client_stream_write(&call.state, binding, ENDING_COMPLETE, stream, "in the manager, "),
       &written);
  CHECK_EQ(written, 16);
  check_only_reference(stream);
  CALL(RPC_S_OK, client_stream_write(&call.state, binding, ENDING_LATER, stream, "and later"),
       &written);
  CHECK_EQ(written, 9);
  check_only_reference(stream);
  CHECK(stream_is(stream, "in the manager, and later"));
  ISequentialStream_Release(stream);
}

WITH_STREAMS(interface_pointer_may_be_null)
{
  LONG written = 0;
  CALL(RPC_S_OK, client_stream_write(&call.state, binding, ENDING_COMPLETE, NULL, "nothing"),
       &written);
  CHECK_EQ(written, E_POINTER);
}

WITH_STREAMS(interface_pointer_is_released_after_abort_and_exception)
{
  ISequentialStream *stream = note_create("");
  LONG written = 7;
  for (int i = 0; i < 10; i++) {
    CALL(CODE, client_stream_write(&call.state, binding, ENDING_ABORT, stream, "a"), &written);
    check_only_reference(stream);
    CALL(CODE, client_stream_write(&call.state, binding, ENDING_RAISE, stream, "r"), &written);
    check_only_reference(stream);
  }
  CHECK_EQ(written, 7);
  CHECK(stream_is(stream, "arararararararararar"));
  ISequentialStream_Release(stream);
}

WITH_STREAMS(server_may_keep_an_interface_pointer)
{
  ISequentialStream *stream = note_create("");
  LONG written = 0;
  CALL(RPC_S_OK, client_stream_keep(&call.state, binding, stream), NULL);
  CHECK(note_from_stream(stream)->references > 1);
  CALL(RPC_S_OK, client_stream_write_kept(&call.state, binding, "kept"), &written);
  CHECK_EQ(written, 4);
  CALL(RPC_S_OK, client_stream_forget(&call.state, binding), NULL);
  check_only_reference(stream);
  CHECK(stream_is(stream, "kept"));
  ISequentialStream_Release(stream);
}

WITH_STREAMS(interface_pointer_comes_back)
{
  for (int i = 0; i < 5; i++) {
    ISequentialStream *stream = NULL;
    CALL(RPC_S_OK, client_stream_open(&call.state, binding, 1, &stream), NULL);
    CHECK(stream && stream_is(stream, "the server's"));
    CHECK_EQ(client_streams_alive(binding), 1);
    ISequentialStream_Release(stream);
    stream = NULL; /* the stub would release it */
    while (client_streams_alive(binding))
      SwitchToThread();
    CALL(RPC_S_OK, client_stream_open(&call.state, binding, 0, &stream), NULL);
    CHECK(!stream);
  }
}

WITH_STREAMS(interface_pointer_of_an_aborted_call_is_released)
{
  for (int i = 0; i < 10; i++) {
    ISequentialStream *stream = NULL;
    CALL(CODE, client_stream_open_fails(&call.state, binding, &stream), NULL);
    CHECK(!stream);
    CHECK_EQ(client_streams_alive(binding), 0);
  }
}

/* An object that comes home is itself, not a proxy. */
WITH_STREAMS(interface_named_by_iid_is)
{
  static const IID *const known[] = {&IID_ISequentialStream, &IID_IUnknown};
  ISequentialStream *stream = note_create("echo");
  IUnknown *echo;
  for (int i = 0; i < 2; i++) {
    echo = NULL;
    CALL(RPC_S_OK,
         client_object_echo(&call.state, binding, known[i], (IUnknown *)stream, &echo), NULL);
    CHECK(echo == (IUnknown *)stream);
    IUnknown_Release(echo);
    check_only_reference(stream);
  }
  echo = NULL;
  CALL(RPC_S_OK, client_object_echo(&call.state, binding, &IID_IUnknown, NULL, &echo), NULL);
  CHECK(!echo);
  ISequentialStream_Release(stream);
}

/* By COM's rule for [in, out] the client gives its reference away, and gets another. */
WITH_STREAMS(interface_pointer_in_and_out)
{
  ISequentialStream *mine = note_create(""), *stream = mine;
  ISequentialStream_AddRef(mine);
  CALL(RPC_S_OK, client_stream_exchange(&call.state, binding, &stream), NULL);
  CHECK(stream != mine);
  CHECK(stream_is(stream, "exchanged"));
  ISequentialStream_Release(stream);
  CHECK(stream_is(mine, "seen"));
  check_only_reference(mine);
  ISequentialStream_Release(mine);
}
