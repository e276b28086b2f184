/* Streams over TCP: ncacn_ip_tcp. */
#include "winsock.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "endpoint.h"

#define ADDRESS_ROOM (sizeof(struct sockaddr_storage) + 16) /* what AcceptEx asks for */

static SOCKET stream_socket(const struct stream *stream)
{
  return (SOCKET)stream->handle;
}

/* One name for the end of a stream, whatever the transport. */
static DWORD stream_error(int error)
{
  switch (error) {
  case WSA_IO_PENDING:
    return ERROR_IO_PENDING;
  case WSAECONNRESET:
  case WSAECONNABORTED:
  case WSAENOTCONN:
  case WSAESHUTDOWN:
    return ERROR_BROKEN_PIPE;
  default:
    return (DWORD)error;
  }
}

static DWORD tcp_read(struct stream *stream, void *data, DWORD size, OVERLAPPED *overlapped,
                      DWORD *count)
{
  WSABUF buffer = {size, data};
  DWORD flags = 0;

  if (!winsock.WSARecv(stream_socket(stream), &buffer, 1, count, &flags, overlapped, NULL))
    return 0;
  return stream_error(winsock.WSAGetLastError());
}

static DWORD tcp_write(struct stream *stream, const void *data, DWORD size,
                       OVERLAPPED *overlapped, DWORD *count)
{
  WSABUF buffer = {size, (char *)data};

  if (!winsock.WSASend(stream_socket(stream), &buffer, 1, count, 0, overlapped, NULL))
    return 0;
  return stream_error(winsock.WSAGetLastError());
}

static void tcp_close(struct stream *stream)
{
  winsock.closesocket(stream_socket(stream));
}

static bool tcp_is_quiet(struct stream *stream)
{
  fd_set readable;
  struct timeval none = {0, 0};

  FD_ZERO(&readable);
  FD_SET(stream_socket(stream), &readable);
  return winsock.select(0, &readable, NULL, NULL, &none) == 0;
}

static void tcp_peer_name(struct stream *stream, WCHAR *name, size_t capacity)
{
  static const WCHAR mapped[] = L"::ffff:";
  struct sockaddr_storage address;
  int size = sizeof(address);

  name[0] = 0;
  if (winsock.getpeername(stream_socket(stream), (struct sockaddr *)&address, &size) ||
      winsock.GetNameInfoW((struct sockaddr *)&address, size, name, (DWORD)capacity, NULL, 0,
                           NI_NUMERICHOST))
    return;
  /* An IPv4 client of a dual-stack listener. */
  if (!_wcsnicmp(name, mapped, wcslen(mapped)))
    wmemmove(name, name + wcslen(mapped), wcslen(name) - wcslen(mapped) + 1);
}

static const struct stream_operations tcp_operations = {tcp_read, tcp_write, tcp_close,
                                                        tcp_is_quiet, tcp_peer_name};

static void set_no_delay(SOCKET socket)
{
  BOOL on = TRUE;

  /* Every PDU is written whole: waiting for more would only add latency. */
  winsock.setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, (char *)&on, sizeof(on));
}

/* A decimal port, 1 to 65535. */
static bool valid_port(const WCHAR *endpoint)
{
  WCHAR *end;
  unsigned long port = wcstoul(endpoint, &end, 10);

  return end != endpoint && !*end && port > 0 && port <= 65535 && iswdigit(endpoint[0]);
}

static SOCKET tcp_socket(int family)
{
  return winsock.WSASocketW(family, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);
}

/* The outcome of a connect under way: 0, WSAETIMEDOUT at the deadline, or a Winsock error. */
static int finish_connect(SOCKET socket, ULONGLONG deadline)
{
  DWORD rest = deadline_rest(deadline);
  struct timeval wait = {(long)(rest / 1000), (long)(rest % 1000 * 1000)};
  fd_set writable, failed;
  int error = 0;
  int size = sizeof(error);

  FD_ZERO(&writable);
  FD_ZERO(&failed);
  FD_SET(socket, &writable);
  FD_SET(socket, &failed);
  if (winsock.select(0, NULL, &writable, &failed, &wait) <= 0)
    return WSAETIMEDOUT;
  if (winsock.getsockopt(socket, SOL_SOCKET, SO_ERROR, (char *)&error, &size))
    error = winsock.WSAGetLastError();
  return error ? error : failed.fd_count ? WSAECONNREFUSED : 0;
}

/* 0 or a Winsock error. Without a deadline the system's own connect time-out is the limit. */
static int connect_until(SOCKET socket, const ADDRINFOW *address, ULONGLONG deadline)
{
  u_long non_blocking = deadline != DEADLINE_NEVER;
  int error = 0;

  if (non_blocking && winsock.ioctlsocket(socket, (long)FIONBIO, &non_blocking))
    return winsock.WSAGetLastError();
  if (winsock.connect(socket, address->ai_addr, (int)address->ai_addrlen))
    error = winsock.WSAGetLastError();
  if (error == WSAEWOULDBLOCK)
    error = finish_connect(socket, deadline);
  if (!error && non_blocking) {
    non_blocking = 0;
    if (winsock.ioctlsocket(socket, (long)FIONBIO, &non_blocking))
      error = winsock.WSAGetLastError();
  }
  return error;
}

RPC_STATUS tcp_connect(const WCHAR *network_address, const WCHAR *endpoint, ULONGLONG deadline,
                       struct stream *stream)
{
  ADDRINFOW hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  ADDRINFOW *list;
  RPC_STATUS status = RPC_S_SERVER_UNAVAILABLE;

  if (!winsock_load())
    return RPC_S_OUT_OF_RESOURCES;
  if (!valid_port(endpoint))
    return RPC_S_INVALID_ENDPOINT_FORMAT;
  if (winsock.GetAddrInfoW(*network_address ? network_address : L"127.0.0.1", endpoint, &hints,
                           &list))
    return RPC_S_SERVER_UNAVAILABLE;
  for (ADDRINFOW *entry = list; entry; entry = entry->ai_next) {
    SOCKET socket = tcp_socket(entry->ai_family);

    if (socket == INVALID_SOCKET)
      continue;
    if (connect_until(socket, entry, deadline)) {
      winsock.closesocket(socket);
      continue;
    }
    set_no_delay(socket);
    stream->operations = &tcp_operations;
    stream->handle = (HANDLE)socket;
    status = RPC_S_OK;
    break;
  }
  winsock.FreeAddrInfoW(list);
  return status == RPC_S_OK || deadline_rest(deadline) ? status : RPC_S_CALL_CANCELLED;
}

/* ---- listening ---- */

struct tcp_listener {
  struct listener base;
  int family;
  USHORT port;
  LPFN_ACCEPTEX accept_ex;
  struct completion accept_done;
  CRITICAL_SECTION lock; /* guards all below */
  bool running;
  bool pending; /* accept_done is still to come */
  SOCKET listening;
  SOCKET accepting;
  HANDLE quiet;
  char addresses[2 * ADDRESS_ROOM];
};

/* lock held */
static int tcp_accept(struct tcp_listener *listener)
{
  DWORD bytes;
  int error = 0;

  listener->accepting = tcp_socket(listener->family);
  if (listener->accepting == INVALID_SOCKET)
    return winsock.WSAGetLastError();
  listener->pending = true;
  ZeroMemory(&listener->accept_done.overlapped, sizeof(listener->accept_done.overlapped));
  if (listener->accept_ex(listener->listening, listener->accepting, listener->addresses, 0,
                          ADDRESS_ROOM, ADDRESS_ROOM, &bytes,
                          &listener->accept_done.overlapped))
    error = (int)completion_port_post(&listener->accept_done);
  else if (winsock.WSAGetLastError() != WSA_IO_PENDING)
    error = winsock.WSAGetLastError();
  if (error) {
    listener->pending = false;
    winsock.closesocket(listener->accepting);
    listener->accepting = INVALID_SOCKET;
  }
  return error;
}

static void tcp_accepted(struct completion *completion, DWORD bytes, DWORD error)
{
  struct tcp_listener *listener =
      CONTAINING_RECORD(completion, struct tcp_listener, accept_done);
  struct stream stream = {&tcp_operations, INVALID_HANDLE_VALUE, 0};
  bool again;

  (void)bytes;
  EnterCriticalSection(&listener->lock);
  if (!error && listener->running &&
      !winsock.setsockopt(listener->accepting, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT,
                          (char *)&listener->listening, sizeof(listener->listening)) &&
      !completion_port_attach((HANDLE)listener->accepting)) {
    set_no_delay(listener->accepting);
    stream.handle = (HANDLE)listener->accepting;
  } else {
    winsock.closesocket(listener->accepting);
  }
  listener->accepting = INVALID_SOCKET;
  LeaveCriticalSection(&listener->lock);

  if (stream_is_open(&stream))
    listener->base.accepted(listener->base.context, &stream);

  EnterCriticalSection(&listener->lock);
  /* A client that vanished before it was accepted fails this accept, not the listener. */
  again = listener->running && (!tcp_accept(listener) || !tcp_accept(listener));
  if (!again) {
    listener->pending = false;
    SetEvent(listener->quiet);
  }
  LeaveCriticalSection(&listener->lock);
}

/* Binds and listens; port 0 chooses one. */
static RPC_STATUS tcp_bind(struct tcp_listener *listener)
{
  struct sockaddr_storage address = {0};
  int size = listener->family == AF_INET6 ? (int)sizeof(struct sockaddr_in6)
                                          : (int)sizeof(struct sockaddr_in);
  DWORD v6_only = FALSE;
  USHORT port_net = (USHORT)(listener->port << 8 | listener->port >> 8);
  int error;

  listener->listening = tcp_socket(listener->family);
  if (listener->listening == INVALID_SOCKET)
    return RPC_S_CANT_CREATE_ENDPOINT;
  address.ss_family = (ADDRESS_FAMILY)listener->family;
  if (listener->family == AF_INET6) {
    ((struct sockaddr_in6 *)&address)->sin6_port = port_net;
    if (winsock.setsockopt(listener->listening, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&v6_only,
                           sizeof(v6_only)))
      goto fail;
  } else {
    ((struct sockaddr_in *)&address)->sin_port = port_net;
  }
  if (winsock.bind(listener->listening, (struct sockaddr *)&address, size) ||
      winsock.listen(listener->listening, SOMAXCONN) ||
      winsock.getsockname(listener->listening, (struct sockaddr *)&address, &size))
    goto fail;
  port_net =
      ((struct sockaddr_in *)&address)->sin_port; /* at the same place in both families */
  listener->port = (USHORT)(port_net << 8 | port_net >> 8);
  return RPC_S_OK;

fail:
  error = winsock.WSAGetLastError();
  winsock.closesocket(listener->listening);
  listener->listening = INVALID_SOCKET;
  return error == WSAEADDRINUSE || error == WSAEACCES ? RPC_S_DUPLICATE_ENDPOINT
                                                      : RPC_S_CANT_CREATE_ENDPOINT;
}

static RPC_STATUS tcp_listener_start(struct listener *base)
{
  static GUID accept_ex_id = WSAID_ACCEPTEX;
  struct tcp_listener *listener = CONTAINING_RECORD(base, struct tcp_listener, base);
  RPC_STATUS status = RPC_S_OK;
  DWORD bytes;

  EnterCriticalSection(&listener->lock);
  if (listener->running)
    goto done;
  if (listener->listening == INVALID_SOCKET)
    status = tcp_bind(listener);
  if (status != RPC_S_OK)
    goto done;
  status = RPC_S_CANT_CREATE_ENDPOINT;
  if (winsock.WSAIoctl(listener->listening, SIO_GET_EXTENSION_FUNCTION_POINTER, &accept_ex_id,
                       sizeof(accept_ex_id), &listener->accept_ex, sizeof(listener->accept_ex),
                       &bytes, NULL, NULL) ||
      completion_port_attach((HANDLE)listener->listening))
    goto done;
  ResetEvent(listener->quiet);
  listener->running = true;
  if (tcp_accept(listener))
    listener->running = false;
  else
    status = RPC_S_OK;

done:
  LeaveCriticalSection(&listener->lock);
  return status;
}

static void tcp_listener_stop(struct listener *base)
{
  struct tcp_listener *listener = CONTAINING_RECORD(base, struct tcp_listener, base);
  bool wait;

  EnterCriticalSection(&listener->lock);
  listener->running = false;
  wait = listener->pending;
  if (wait)
    CancelIoEx((HANDLE)listener->listening, &listener->accept_done.overlapped);
  LeaveCriticalSection(&listener->lock);
  if (wait)
    WaitForSingleObject(listener->quiet, INFINITE);

  EnterCriticalSection(&listener->lock);
  if (listener->listening != INVALID_SOCKET)
    winsock.closesocket(listener->listening);
  listener->listening = INVALID_SOCKET;
  LeaveCriticalSection(&listener->lock);
}

static void tcp_listener_destroy(struct listener *base)
{
  struct tcp_listener *listener = CONTAINING_RECORD(base, struct tcp_listener, base);

  if (listener->listening != INVALID_SOCKET)
    winsock.closesocket(listener->listening);
  if (listener->quiet)
    CloseHandle(listener->quiet);
  DeleteCriticalSection(&listener->lock);
  free(listener->base.endpoint);
  free(listener);
}

static const struct listener_operations tcp_listener_operations = {
    tcp_listener_start, tcp_listener_stop, tcp_listener_destroy};

RPC_STATUS tcp_listener_create(const WCHAR *endpoint, struct listener **result)
{
  struct tcp_listener *listener;
  RPC_STATUS status;

  if (endpoint && !valid_port(endpoint))
    return RPC_S_INVALID_ENDPOINT_FORMAT;
  if (!winsock_load())
    return RPC_S_OUT_OF_RESOURCES;
  listener = calloc(1, sizeof(*listener));
  if (!listener)
    return RPC_S_OUT_OF_MEMORY;
  InitializeCriticalSection(&listener->lock);
  listener->base.operations = &tcp_listener_operations;
  listener->accept_done.routine = tcp_accepted;
  listener->listening = listener->accepting = INVALID_SOCKET;
  listener->port = endpoint ? (USHORT)wcstoul(endpoint, NULL, 10) : 0;
  listener->quiet = CreateEventW(NULL, TRUE, FALSE, NULL);
  listener->base.endpoint = malloc(8 * sizeof(WCHAR));
  status = RPC_S_OUT_OF_MEMORY;
  if (!listener->quiet || !listener->base.endpoint)
    goto fail;
  /* Both families with one socket where there is IPv6. */
  listener->family = AF_INET6;
  status = tcp_bind(listener);
  if (status == RPC_S_CANT_CREATE_ENDPOINT) {
    listener->family = AF_INET;
    status = tcp_bind(listener);
  }
  if (status != RPC_S_OK)
    goto fail;
  _snwprintf(listener->base.endpoint, 8, L"%u", listener->port);
  *result = &listener->base;
  return RPC_S_OK;

fail:
  tcp_listener_destroy(&listener->base);
  return status;
}
