/*
 * Streams over named pipes: ncacn_np, and ncalrpc as Wine has it (connection-oriented PDUs over
 * \\.\pipe\lrpc\ENDPOINT). Pipes are of message type, as Wine's are, so that Wine's clients can
 * read them by message; our own ends read bytes, so that one read may bring many PDUs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "endpoint.h"
#include "this_machine.h"
#include "listener.h"
#include "security_descriptor.h"

#define PIPE_BUFFER_SIZE 65536
#define PIPE_INSTANCES   4 /* waiting for a client at the same time, where clients come */
#define PIPE_REST_MS     2000
#define PIPE_CONNECT_MS  5000
#define PIPE_SLICE_MS    20

static DWORD pipe_read(struct stream *stream, void *data, DWORD size, OVERLAPPED *overlapped,
                       DWORD *count)
{
  DWORD error;

  if (ReadFile(stream->handle, data, size, count, overlapped))
    return 0;
  error = GetLastError();
  return error == ERROR_MORE_DATA ? 0 : error;
}

static DWORD pipe_write(struct stream *stream, const void *data, DWORD size,
                        OVERLAPPED *overlapped, DWORD *count)
{
  return WriteFile(stream->handle, data, size, count, overlapped) ? 0 : GetLastError();
}

static void pipe_close(struct stream *stream)
{
  CloseHandle(stream->handle);
}

static bool pipe_is_quiet(struct stream *stream)
{
  DWORD available;

  return PeekNamedPipe(stream->handle, NULL, 0, NULL, &available, NULL) && !available;
}

/* Pipes are of this machine; Wine names it too. */
static void pipe_peer_name(struct stream *stream, WCHAR *name, size_t capacity)
{
  (void)stream;
  name[0] = 0;
  if (wcslen(this_machine_name()) < capacity)
    wcscpy(name, this_machine_name());
}

/* The server knows the id also of a client that has gone, and by then it may be another's. */
static bool pipe_peer_process(struct stream *stream, DWORD *process_id)
{
  return GetNamedPipeClientProcessId(stream->handle, process_id) &&
         PeekNamedPipe(stream->handle, NULL, 0, NULL, NULL, NULL);
}

static const struct stream_operations pipe_operations = {
    pipe_read, pipe_write, pipe_close, pipe_is_quiet, pipe_peer_name, pipe_peer_process, NULL};

/* malloc'ed; NULL: out of memory. */
static WCHAR *pipe_name(const struct protocol_sequence *protocol, const WCHAR *endpoint)
{
  const WCHAR *prefix =
      protocol->transport == TRANSPORT_LOCAL ? L"\\\\.\\pipe\\lrpc\\" : L"\\\\.";
  size_t size = wcslen(prefix) + wcslen(endpoint) + 1;
  WCHAR *name = malloc(size * sizeof(*name));

  if (name)
    _snwprintf(name, size, L"%ls%ls", prefix, endpoint);
  return name;
}

/*
 * All instances have a client: waits for one that has none. In slices, because nothing ends
 * such a wait from outside: WaitNamedPipe() hears of no event, and Wine does not find its
 * FSCTL_PIPE_WAIT when that is to be cancelled.
 */
static RPC_STATUS wait_for_instance(const WCHAR *name, const struct stream_wait *wait)
{
  ULONGLONG limit = deadline_after(PIPE_CONNECT_MS);

  while (deadline_rest(limit)) {
    DWORD rest;

    if (stream_wait_is_interrupted(wait))
      return RPC_S_CALL_CANCELLED;
    rest = deadline_rest(wait->deadline);
    if (!rest)
      return RPC_S_CALL_CANCELLED;
    /* 0 would mean the time that the server has set. */
    if (WaitNamedPipeW(name, rest < PIPE_SLICE_MS ? rest : PIPE_SLICE_MS))
      return RPC_S_OK;
    if (GetLastError() != ERROR_SEM_TIMEOUT)
      return RPC_S_SERVER_UNAVAILABLE;
  }
  return RPC_S_SERVER_TOO_BUSY;
}

enum endpoint_presence pipe_find(const struct protocol_sequence *protocol,
                                 const WCHAR *endpoint)
{
  WCHAR *name = pipe_name(protocol, endpoint);
  enum endpoint_presence presence = ENDPOINT_BUSY;

  if (!name)
    return presence;
  if (WaitNamedPipeW(name, PIPE_SLICE_MS))
    presence = ENDPOINT_SERVED;
  else if (GetLastError() != ERROR_SEM_TIMEOUT)
    presence = ENDPOINT_GONE;
  free(name);
  return presence;
}

RPC_STATUS pipe_connect(const struct protocol_sequence *protocol, const WCHAR *endpoint,
                        const struct stream_wait *wait, struct stream *stream)
{
  WCHAR *name = pipe_name(protocol, endpoint);
  RPC_STATUS status = RPC_S_OK;
  DWORD mode = PIPE_READMODE_BYTE;

  if (!name)
    return RPC_S_OUT_OF_MEMORY;
  for (;;) {
    stream->handle = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                                 FILE_FLAG_OVERLAPPED, NULL);
    if (stream->handle != INVALID_HANDLE_VALUE)
      break;
    if (GetLastError() != ERROR_PIPE_BUSY) {
      status = RPC_S_SERVER_UNAVAILABLE;
      break;
    }
    status = wait_for_instance(name, wait);
    if (status != RPC_S_OK)
      break;
  }
  free(name);
  if (status == RPC_S_OK) {
    stream->operations = &pipe_operations;
    SetNamedPipeHandleState(stream->handle, &mode, NULL, NULL);
  }
  return status;
}

/*
 * ---- listening ----
 *
 * Where clients come, PIPE_INSTANCES of the pipe wait for them, so that of those that come
 * together few find it busy. Where none has come for PIPE_REST_MS one instance waits: nobody
 * takes an endpoint back, and each apartment of COM has opened one that outlives it.
 */

struct pipe_listener;

struct pipe_instance {
  struct completion connected;
  struct pipe_listener *listener;
  HANDLE pipe; /* lock; INVALID_HANDLE_VALUE: not listening */
};

struct pipe_listener {
  struct listener base;
  WCHAR *name;
  SECURITY_DESCRIPTOR *security; /* malloc'ed; NULL: the default */
  SRWLOCK lock;
  HANDLE first; /* lock: the instance that holds the name until listening starts */
  struct pipe_instance instances[PIPE_INSTANCES];
  int wanted;        /* lock: so many of them are to wait */
  int own_clients;   /* lock: of those that are still to come, rest() has made so many */
  ULONGLONG rest_at; /* lock: no client until then, and one is enough */
  struct timer rest; /* armed, or its routine runs, while more are wanted */
};

/* INVALID_HANDLE_VALUE with the last error. */
static HANDLE create_instance(struct pipe_listener *listener, DWORD flags)
{
  SECURITY_ATTRIBUTES attributes = {sizeof(attributes), listener->security, FALSE};
  HANDLE pipe = CreateNamedPipeW(
      listener->name, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | flags,
      PIPE_TYPE_MESSAGE | PIPE_READMODE_BYTE, PIPE_UNLIMITED_INSTANCES, PIPE_BUFFER_SIZE,
      PIPE_BUFFER_SIZE, PIPE_CONNECT_MS, listener->security ? &attributes : NULL);
  DWORD error;

  if (pipe == INVALID_HANDLE_VALUE)
    return pipe;
  error = completion_port_attach(pipe);
  if (!error)
    return pipe;
  CloseHandle(pipe);
  SetLastError(error);
  return INVALID_HANDLE_VALUE;
}

/* lock held */
static HANDLE next_instance(struct pipe_listener *listener)
{
  HANDLE pipe = listener->first;

  listener->first = INVALID_HANDLE_VALUE;
  return pipe != INVALID_HANDLE_VALUE ? pipe : create_instance(listener, 0);
}

/* Makes the instance wait for a client; lock held. */
static bool instance_listen(struct pipe_instance *instance)
{
  HANDLE pipe = next_instance(instance->listener);
  DWORD error;

  if (pipe == INVALID_HANDLE_VALUE)
    return false;
  instance->pipe = pipe;
  completion_begin(&instance->connected);
  error = ConnectNamedPipe(pipe, &instance->connected.overlapped) ? ERROR_PIPE_CONNECTED
                                                                  : GetLastError();
  if (error == ERROR_IO_PENDING)
    return true;
  completion_end(&instance->connected);
  /*
   * A client was faster than ConnectNamedPipe (and with ERROR_NO_DATA has left already, which
   * the first read will find): no completion comes by itself.
   */
  if (error == ERROR_PIPE_CONNECTED || error == ERROR_NO_DATA)
    error = completion_port_post(&instance->connected);
  if (!error)
    return true;
  instance->pipe = INVALID_HANDLE_VALUE;
  CloseHandle(pipe);
  return false;
}

/* lock held */
static int count_listening(const struct pipe_listener *listener)
{
  int count = 0;

  for (int i = 0; i < PIPE_INSTANCES; i++)
    count += listener->instances[i].pipe != INVALID_HANDLE_VALUE;
  return count;
}

/* As many as are wanted wait, or false; lock held. */
static bool listen_on_wanted(struct pipe_listener *listener)
{
  int listening = count_listening(listener);
  bool all = true;

  for (int i = 0; i < PIPE_INSTANCES && listening < listener->wanted; i++) {
    if (listener->instances[i].pipe != INVALID_HANDLE_VALUE)
      continue;
    if (instance_listen(&listener->instances[i]))
      listening++;
    else
      all = false;
  }
  return all;
}

/* A client has come, and others may follow; lock held. */
static void client_came(struct pipe_listener *listener)
{
  if (listener->own_clients) {
    listener->own_clients--;
    return;
  }
  listener->rest_at = deadline_after(PIPE_REST_MS);
  if (listener->wanted == 1 && !timer_arm(&listener->rest, listener->rest_at))
    listener->wanted = PIPE_INSTANCES;
}

/* A client that goes at once, for an instance that has none. */
static bool use_up_instance(const WCHAR *name)
{
  HANDLE client = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                              SECURITY_SQOS_PRESENT | SECURITY_ANONYMOUS, NULL);

  if (client == INVALID_HANDLE_VALUE)
    return false;
  CloseHandle(client);
  return true;
}

/*
 * The instances beyond the first get a client, and no successor. They are not closed as they
 * wait, nor is their wait cancelled: a client may take one until it is closed, and would be
 * lost. Where the security descriptor keeps the process itself out, they stay.
 */
static void rest(struct timer *timer)
{
  struct pipe_listener *listener = CONTAINING_RECORD(timer, struct pipe_listener, rest);
  int spare = 0;

  AcquireSRWLockExclusive(&listener->lock);
  if (!deadline_rest(listener->rest_at) || timer_arm(timer, listener->rest_at)) {
    listener->wanted = 1;
    spare = count_listening(listener) - 1;
    listener->own_clients = spare > 0 ? spare : 0;
  }
  ReleaseSRWLockExclusive(&listener->lock);
  while (spare > 0 && use_up_instance(listener->name))
    spare--;
  if (spare <= 0)
    return;
  AcquireSRWLockExclusive(&listener->lock);
  listener->own_clients -= spare < listener->own_clients ? spare : listener->own_clients;
  ReleaseSRWLockExclusive(&listener->lock);
}

static void instance_connected(struct completion *completion, DWORD bytes, DWORD error)
{
  struct pipe_instance *instance =
      CONTAINING_RECORD(completion, struct pipe_instance, connected);
  struct pipe_listener *listener = instance->listener;
  struct stream stream = {&pipe_operations, INVALID_HANDLE_VALUE, 0, 0};
  bool listening;

  (void)bytes;
  AcquireSRWLockExclusive(&listener->lock);
  if (!error) {
    stream.handle = instance->pipe;
    client_came(listener);
  } else {
    CloseHandle(instance->pipe);
  }
  instance->pipe = INVALID_HANDLE_VALUE;
  listening = listen_on_wanted(listener);
  ReleaseSRWLockExclusive(&listener->lock);
  if (!listening)
    listener_try_again(&listener->base);
  if (stream_is_open(&stream))
    listener->base.accepted(listener->base.context, &stream);
}

static bool pipe_listener_listen(struct listener *base)
{
  struct pipe_listener *listener = CONTAINING_RECORD(base, struct pipe_listener, base);
  bool all;

  AcquireSRWLockExclusive(&listener->lock);
  all = listen_on_wanted(listener);
  ReleaseSRWLockExclusive(&listener->lock);
  return all;
}

static void pipe_listener_destroy(struct listener *base)
{
  struct pipe_listener *listener = CONTAINING_RECORD(base, struct pipe_listener, base);

  if (listener->first != INVALID_HANDLE_VALUE)
    CloseHandle(listener->first);
  free(listener->security);
  free(listener->name);
  free(listener->base.endpoint);
  free(listener);
}

static const struct listener_operations pipe_listener_operations = {pipe_listener_listen,
                                                                    pipe_listener_destroy};

/* Names for endpoints that the server left to us: of the form that Wine gives, unique in the
 * session. */
static WCHAR *dynamic_endpoint(const struct protocol_sequence *protocol)
{
  static LONG counter;
  LONG number = InterlockedIncrement(&counter);
  WCHAR *endpoint = malloc(32 * sizeof(*endpoint));

  if (!endpoint)
    return NULL;
  if (protocol->transport == TRANSPORT_LOCAL)
    _snwprintf(endpoint, 32, L"LRPC%08lx.%08lx", GetCurrentProcessId(), number);
  else
    _snwprintf(endpoint, 32, L"\\pipe\\%08lx.%03lx", GetCurrentProcessId(), number);
  return endpoint;
}

static RPC_STATUS status_of_first(DWORD error)
{
  return error == ERROR_ACCESS_DENIED || error == ERROR_FILE_EXISTS || error == ERROR_PIPE_BUSY
             ? RPC_S_DUPLICATE_ENDPOINT
             : RPC_S_CANT_CREATE_ENDPOINT;
}

/* Gives the listener its name, and takes that. RPC_S_OK and listener_create()'s. */
static RPC_STATUS take_name(struct pipe_listener *listener,
                            const struct protocol_sequence *protocol, const WCHAR *endpoint)
{
  listener->base.endpoint = endpoint ? wcsdup(endpoint) : dynamic_endpoint(protocol);
  if (!listener->base.endpoint)
    return RPC_S_OUT_OF_MEMORY;
  listener->name = pipe_name(protocol, listener->base.endpoint);
  if (!listener->name)
    return RPC_S_OUT_OF_MEMORY;
  listener->first = create_instance(listener, FILE_FLAG_FIRST_PIPE_INSTANCE);
  return listener->first != INVALID_HANDLE_VALUE ? RPC_S_OK : status_of_first(GetLastError());
}

RPC_STATUS pipe_listener_create(const struct protocol_sequence *protocol, const WCHAR *endpoint,
                                SECURITY_DESCRIPTOR *security, struct listener **result)
{
  struct pipe_listener *listener = calloc(1, sizeof(*listener));
  RPC_STATUS status;

  if (!listener)
    return RPC_S_OUT_OF_MEMORY;
  InitializeSRWLock(&listener->lock);
  listener->base.operations = &pipe_listener_operations;
  listener->first = INVALID_HANDLE_VALUE;
  listener->wanted = 1;
  timer_init(&listener->rest, rest);
  for (int i = 0; i < PIPE_INSTANCES; i++) {
    listener->instances[i].listener = listener;
    listener->instances[i].connected.routine = instance_connected;
    listener->instances[i].pipe = INVALID_HANDLE_VALUE;
  }
  status = security_descriptor_copy(security, &listener->security);
  if (status == RPC_S_OK)
    status = take_name(listener, protocol, endpoint);
  if (status == RPC_S_OK)
    *result = &listener->base;
  else
    pipe_listener_destroy(&listener->base);
  return status;
}
