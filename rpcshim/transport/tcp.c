/* Streams over TCP: ncacn_ip_tcp. */
#include "winsock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "endpoint.h"
#include "listener.h"

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
  char byte;

  return winsock.recv(stream_socket(stream), &byte, 1, MSG_PEEK) < 0 &&
         winsock.WSAGetLastError() == WSAEWOULDBLOCK;
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

static size_t tcp_local_address(struct stream *stream, BYTE address[STREAM_ADDRESS_MAX])
{
  struct sockaddr_storage name;
  int size = sizeof(name);
  struct in6_addr *six = &((struct sockaddr_in6 *)&name)->sin6_addr;
  struct in_addr *four = &((struct sockaddr_in *)&name)->sin_addr;

  if (winsock.getsockname(stream_socket(stream), (struct sockaddr *)&name, &size))
    return 0;
  if (name.ss_family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(six)) {
    memcpy(address, six, sizeof(*six));
    return sizeof(*six);
  }
  /* An IPv4 client of a dual-stack listener: the last four bytes. */
  if (name.ss_family == AF_INET6)
    four = (struct in_addr *)&six->s6_addr[12];
  memcpy(address, four, sizeof(*four));
  return sizeof(*four);
}

static const struct stream_operations tcp_operations = {
    tcp_read, tcp_write, tcp_close, tcp_is_quiet, tcp_peer_name, NULL, tcp_local_address};

static void set_no_delay(SOCKET socket)
{
  BOOL on = TRUE;

  /* Every PDU is written whole: waiting for more would only add latency. */
  winsock.setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, (char *)&on, sizeof(on));
}

static SOCKET tcp_socket(int family)
{
  return winsock.WSASocketW(family, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);
}

/* `function`: where the pointer to it goes. 0 or a Winsock error. */
static int find_extension(SOCKET socket, const GUID *id, void *function)
{
  DWORD bytes;

  return winsock.WSAIoctl(socket, SIO_GET_EXTENSION_FUNCTION_POINTER, (void *)id, sizeof(*id),
                          function, sizeof(void *), &bytes, NULL, NULL)
             ? winsock.WSAGetLastError()
             : 0;
}

/* Without a deadline the system's own connect time-out is the limit. 0, ERROR_IO_PENDING, or an
 * error. */
static int start_connecting(SOCKET socket, const ADDRINFOW *address, OVERLAPPED *overlapped)
{
  static const GUID connect_ex_id = WSAID_CONNECTEX;
  struct sockaddr_storage any = {.ss_family = (ADDRESS_FAMILY)address->ai_family};
  int size = (int)address->ai_addrlen;
  LPFN_CONNECTEX connect_ex;
  DWORD bytes;
  int error = find_extension(socket, &connect_ex_id, &connect_ex);

  if (error)
    return error;
  if (winsock.bind(socket, (struct sockaddr *)&any, size) ||
      !connect_ex(socket, address->ai_addr, size, NULL, 0, &bytes, overlapped))
    return winsock.WSAGetLastError();
  return 0;
}

/* 0, or an error, WAIT_TIMEOUT at the deadline. */
static DWORD connect_to(struct stream *stream, const ADDRINFOW *address,
                        const struct stream_wait *wait)
{
  SOCKET socket = stream_socket(stream);
  u_long non_blocking = TRUE; /* for tcp_is_quiet() */
  OVERLAPPED overlapped;
  DWORD bytes;
  DWORD error;

  stream_use_event(&overlapped, wait->event);
  error = (DWORD)start_connecting(socket, address, &overlapped);
  if (error == ERROR_IO_PENDING)
    error = stream_await(stream, &overlapped, wait, &bytes);
  if (error)
    return error;
  if (winsock.setsockopt(socket, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0) ||
      winsock.ioctlsocket(socket, (long)FIONBIO, &non_blocking))
    return (DWORD)winsock.WSAGetLastError();
  set_no_delay(socket);
  return 0;
}

RPC_STATUS tcp_connect(const WCHAR *network_address, const WCHAR *endpoint,
                       const struct stream_wait *wait, struct stream *stream)
{
  ADDRINFOW hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  ADDRINFOW *list;
  DWORD error = WSAEHOSTUNREACH;

  if (!winsock_load())
    return RPC_S_OUT_OF_RESOURCES;
  if (winsock.GetAddrInfoW(*network_address ? network_address : L"127.0.0.1", endpoint, &hints,
                           &list))
    return RPC_S_SERVER_UNAVAILABLE;
  stream->operations = &tcp_operations;
  for (ADDRINFOW *entry = list; entry && error; entry = entry->ai_next) {
    stream->handle = (HANDLE)tcp_socket(entry->ai_family);
    error = stream_is_open(stream) ? connect_to(stream, entry, wait) : WSAEMFILE;
    if (error)
      stream_close(stream);
  }
  winsock.FreeAddrInfoW(list);
  if (!error)
    return RPC_S_OK;
  return deadline_rest(wait->deadline) ? RPC_S_SERVER_UNAVAILABLE : RPC_S_CALL_CANCELLED;
}

/* ---- listening ---- */

struct tcp_listener {
  struct listener base;
  int family;
  USHORT port;
  LPFN_ACCEPTEX accept_ex;
  SOCKET listening;
  struct completion accept_done;
  SRWLOCK lock;
  SOCKET accepting; /* lock; INVALID_SOCKET: not waiting for a client */
  char addresses[2 * ADDRESS_ROOM];
};

/* lock held */
static bool tcp_accept(struct tcp_listener *listener)
{
  DWORD bytes;
  int error;

  listener->accepting = tcp_socket(listener->family);
  if (listener->accepting == INVALID_SOCKET)
    return false;
  completion_begin(&listener->accept_done);
  error =
      listener->accept_ex(listener->listening, listener->accepting, listener->addresses, 0,
                          ADDRESS_ROOM, ADDRESS_ROOM, &bytes, &listener->accept_done.overlapped)
          ? 0
          : winsock.WSAGetLastError();
  if (error == WSA_IO_PENDING)
    return true;
  completion_end(&listener->accept_done);
  if (!error && !completion_port_post(&listener->accept_done))
    return true;
  winsock.closesocket(listener->accepting);
  listener->accepting = INVALID_SOCKET;
  return false;
}

static bool tcp_listener_listen(struct listener *base)
{
  struct tcp_listener *listener = CONTAINING_RECORD(base, struct tcp_listener, base);
  bool listening;

  AcquireSRWLockExclusive(&listener->lock);
  listening = listener->accepting != INVALID_SOCKET || tcp_accept(listener);
  ReleaseSRWLockExclusive(&listener->lock);
  return listening;
}

/* The socket of a client that has been accepted, ready for use; else it is closed. */
static bool take_socket(struct tcp_listener *listener, SOCKET socket)
{
  if (winsock.setsockopt(socket, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT,
                         (char *)&listener->listening, sizeof(listener->listening)) ||
      completion_port_attach((HANDLE)socket)) {
    winsock.closesocket(socket);
    return false;
  }
  set_no_delay(socket);
  return true;
}

static void tcp_accepted(struct completion *completion, DWORD bytes, DWORD error)
{
  struct tcp_listener *listener =
      CONTAINING_RECORD(completion, struct tcp_listener, accept_done);
  struct stream stream = {&tcp_operations, INVALID_HANDLE_VALUE, 0, 0};
  SOCKET socket;

  (void)bytes;
  AcquireSRWLockExclusive(&listener->lock);
  socket = listener->accepting;
  listener->accepting = INVALID_SOCKET;
  ReleaseSRWLockExclusive(&listener->lock);
  if (error)
    winsock.closesocket(socket);
  else if (take_socket(listener, socket))
    stream.handle = (HANDLE)socket;
  if (stream_is_open(&stream))
    listener->base.accepted(listener->base.context, &stream);
  /* A client that vanished before it was accepted fails this accept, not the listener. */
  if (!tcp_listener_listen(&listener->base) && !tcp_listener_listen(&listener->base))
    listener_try_again(&listener->base);
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

static void tcp_listener_destroy(struct listener *base)
{
  struct tcp_listener *listener = CONTAINING_RECORD(base, struct tcp_listener, base);

  if (listener->listening != INVALID_SOCKET)
    winsock.closesocket(listener->listening);
  free(listener->base.endpoint);
  free(listener);
}

static const struct listener_operations tcp_listener_operations = {tcp_listener_listen,
                                                                   tcp_listener_destroy};

/* Takes the port: both families with one socket where there is IPv6. */
static RPC_STATUS take_port(struct tcp_listener *listener)
{
  static const GUID accept_ex_id = WSAID_ACCEPTEX;
  RPC_STATUS status;

  listener->family = AF_INET6;
  status = tcp_bind(listener);
  if (status == RPC_S_CANT_CREATE_ENDPOINT) {
    listener->family = AF_INET;
    status = tcp_bind(listener);
  }
  if (status == RPC_S_OK &&
      (find_extension(listener->listening, &accept_ex_id, &listener->accept_ex) ||
       completion_port_attach((HANDLE)listener->listening)))
    status = RPC_S_CANT_CREATE_ENDPOINT;
  return status;
}

RPC_STATUS tcp_listener_create(const WCHAR *endpoint, struct listener **result)
{
  struct tcp_listener *listener;
  RPC_STATUS status = RPC_S_OUT_OF_MEMORY;

  if (!winsock_load())
    return RPC_S_OUT_OF_RESOURCES;
  listener = calloc(1, sizeof(*listener));
  if (!listener)
    return RPC_S_OUT_OF_MEMORY;
  InitializeSRWLock(&listener->lock);
  listener->base.operations = &tcp_listener_operations;
  listener->accept_done.routine = tcp_accepted;
  listener->listening = listener->accepting = INVALID_SOCKET;
  listener->port = endpoint ? (USHORT)wcstoul(endpoint, NULL, 10) : 0;
  listener->base.endpoint = malloc(8 * sizeof(WCHAR));
  if (listener->base.endpoint)
    status = take_port(listener);
  if (status != RPC_S_OK) {
    tcp_listener_destroy(&listener->base);
    return status;
  }
  _snwprintf(listener->base.endpoint, 8, L"%u", listener->port);
  *result = &listener->base;
  return RPC_S_OK;
}
