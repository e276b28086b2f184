#include <winsock2.h>

#include "raw_peer.h"

#include <stdlib.h>

const UUID raw_calls_interface = {
    0x6b1d3c54, 0x2f0e, 0x4a35, {0x9c, 0x5f, 0x1f, 0x2a, 0x7b, 0x9e, 0x0a, 0x02}};
static const UUID ndr_syntax = {
    0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}};

static void pipe_name(char *name, size_t size, const char *endpoint)
{
  snprintf(name, size, "\\\\.\\pipe\\lrpc\\%s", endpoint);
}

static struct sockaddr_in address_of(const char *endpoint)
{
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(endpoint))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static SOCKET make_socket(void)
{
  WSADATA data;
  CHECK_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0);
  SOCKET made = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  CHECK(made != INVALID_SOCKET);
  return made;
}

void raw_connect(struct raw_peer *peer, enum wire wire, const char *endpoint)
{
  memset(peer, 0, sizeof(*peer));
  peer->wire = wire;
  if (wire == WIRE_TCP) {
    struct sockaddr_in address = address_of(endpoint);
    peer->socket = make_socket();
    CHECK_EQ(connect(peer->socket, (struct sockaddr *)&address, sizeof(address)), 0);
    return;
  }
  char name[128];
  DWORD mode = PIPE_READMODE_BYTE;
  pipe_name(name, sizeof(name), endpoint);
  for (;;) {
    peer->pipe =
        CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (peer->pipe != INVALID_HANDLE_VALUE)
      break;
    CHECK_EQ(GetLastError(), ERROR_PIPE_BUSY);
    CHECK(WaitNamedPipeA(name, NMPWAIT_WAIT_FOREVER));
  }
  SetNamedPipeHandleState(peer->pipe, &mode, NULL, NULL);
}

void raw_listen(struct raw_peer *peer, enum wire wire, const char *endpoint)
{
  memset(peer, 0, sizeof(*peer));
  peer->wire = wire;
  if (wire == WIRE_TCP) {
    struct sockaddr_in address = address_of(endpoint);
    peer->listener = make_socket();
    CHECK_EQ(bind(peer->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    CHECK_EQ(listen(peer->listener, 5), 0);
    return;
  }
  char name[128];
  pipe_name(name, sizeof(name), endpoint);
  peer->pipe =
      CreateNamedPipeA(name, PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE, 1, 4096, 4096, 0, NULL);
  CHECK(peer->pipe != INVALID_HANDLE_VALUE);
}

void raw_accept(struct raw_peer *peer)
{
  if (peer->wire == WIRE_TCP) {
    peer->socket = accept(peer->listener, NULL, NULL);
    CHECK(peer->socket != INVALID_SOCKET);
  } else {
    if (!ConnectNamedPipe(peer->pipe, NULL))
      CHECK_EQ(GetLastError(), ERROR_PIPE_CONNECTED);
  }
}

void raw_close(struct raw_peer *peer)
{
  if (peer->socket)
    closesocket(peer->socket);
  else if (peer->pipe && !DisconnectNamedPipe(peer->pipe)) {
    CloseHandle(peer->pipe); /* the client's end */
    peer->pipe = NULL;
  }
  peer->socket = 0;
}

void raw_interrupt(struct raw_peer *peer)
{
  if (peer->socket)
    shutdown(peer->socket, SD_BOTH);
  else if (peer->pipe)
    DisconnectNamedPipe(peer->pipe);
}

void raw_stop_listening(struct raw_peer *peer)
{
  if (peer->listener)
    closesocket(peer->listener);
  if (peer->pipe)
    CloseHandle(peer->pipe);
}

bool raw_send(struct raw_peer *peer, const void *data, size_t length)
{
  DWORD written = 0;
  if (peer->socket)
    return send(peer->socket, data, (int)length, 0) == (int)length;
  return WriteFile(peer->pipe, data, (DWORD)length, &written, NULL) && written == length;
}

static size_t receive_some(struct raw_peer *peer, BYTE *data, size_t length)
{
  DWORD read = 0;
  if (peer->socket) {
    int received = recv(peer->socket, (char *)data, (int)length, 0);
    return received > 0 ? (size_t)received : 0;
  }
  return ReadFile(peer->pipe, data, (DWORD)length, &read, NULL) ? read : 0;
}

static bool receive_all(struct raw_peer *peer, BYTE *data, size_t length)
{
  while (length) {
    size_t received = receive_some(peer, data, length);
    if (!received)
      return false;
    data += received;
    length -= received;
  }
  return true;
}

size_t raw_receive(struct raw_peer *peer, BYTE *pdu)
{
  if (!receive_all(peer, pdu, 16))
    return 0;
  size_t length = raw_get16(pdu, RAW_FRAGMENT_LENGTH);
  CHECK(length >= 16 && length <= RAW_PDU_ROOM);
  return receive_all(peer, pdu + 16, length - 16) ? length : 0;
}

void raw_put16(BYTE *pdu, size_t offset, unsigned value)
{
  pdu[offset] = (BYTE)value;
  pdu[offset + 1] = (BYTE)(value >> 8);
}

void raw_put32(BYTE *pdu, size_t offset, unsigned value)
{
  raw_put16(pdu, offset, value);
  raw_put16(pdu, offset + 2, value >> 16);
}

unsigned raw_get16(const BYTE *pdu, size_t offset)
{
  return pdu[offset] | pdu[offset + 1] << 8;
}

unsigned raw_get32(const BYTE *pdu, size_t offset)
{
  return raw_get16(pdu, offset) | raw_get16(pdu, offset + 2) << 16;
}

static size_t make_header(BYTE *pdu, unsigned type, unsigned call_id, size_t length)
{
  memset(pdu, 0, length);
  pdu[RAW_VERSION] = 5;
  pdu[RAW_TYPE] = (BYTE)type;
  pdu[RAW_FLAGS] = 3; /* first and last */
  pdu[4] = 0x10;      /* little-endian, ASCII, IEEE */
  raw_put16(pdu, RAW_FRAGMENT_LENGTH, (unsigned)length);
  raw_put32(pdu, RAW_CALL_ID, call_id);
  return length;
}

size_t raw_make_bind(BYTE *pdu, const UUID *interface_id)
{
  make_header(pdu, RAW_BIND, 1, 72);
  raw_put16(pdu, 16, 5840);
  raw_put16(pdu, 18, 5840);
  pdu[24] = 1; /* one presentation context, number 0 … */
  pdu[30] = 1; /* … with one transfer syntax */
  memcpy(pdu + 32, interface_id, 16);
  raw_put16(pdu, 48, 1);
  memcpy(pdu + 52, &ndr_syntax, 16);
  raw_put16(pdu, 68, 2);
  return 72;
}

size_t raw_make_cancel(BYTE *pdu, unsigned type, unsigned call_id)
{
  return make_header(pdu, type, call_id, 16);
}

size_t raw_make_request(BYTE *pdu, unsigned call_id, unsigned opnum, const void *stub,
                        size_t length)
{
  make_header(pdu, RAW_REQUEST, call_id, 24 + length);
  raw_put32(pdu, RAW_ALLOC_HINT, (unsigned)length);
  raw_put16(pdu, RAW_OPNUM, opnum);
  memcpy(pdu + 24, stub, length);
  return 24 + length;
}

size_t raw_make_bind_ack(BYTE *pdu, unsigned call_id, unsigned result, unsigned reason)
{
  make_header(pdu, RAW_BIND_ACK, call_id, 60);
  raw_put16(pdu, 16, 5840);
  raw_put16(pdu, 18, 5840);
  raw_put32(pdu, 20, 0x1234);
  raw_put16(pdu, 24, 2); /* secondary address "1" and its end */
  pdu[26] = '1';
  pdu[28] = 1; /* one result */
  raw_put16(pdu, 32, result);
  raw_put16(pdu, 34, reason);
  if (!result) {
    memcpy(pdu + 36, &ndr_syntax, 16);
    raw_put16(pdu, 52, 2);
  }
  raw_put16(pdu, RAW_FRAGMENT_LENGTH, 56);
  return 56;
}

size_t raw_make_response(BYTE *pdu, unsigned call_id, const void *stub, size_t length)
{
  make_header(pdu, RAW_RESPONSE, call_id, 24 + length);
  raw_put32(pdu, RAW_ALLOC_HINT, (unsigned)length);
  memcpy(pdu + 24, stub, length);
  return 24 + length;
}

size_t raw_make_fault(BYTE *pdu, unsigned call_id, unsigned status)
{
  make_header(pdu, RAW_FAULT, call_id, 32);
  raw_put32(pdu, RAW_ALLOC_HINT, 32);
  raw_put32(pdu, RAW_STATUS, status);
  return 32;
}
