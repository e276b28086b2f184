#include "raw_server.h"

static DWORD WINAPI accept_and_bind(void *context)
{
  struct raw_server *server = context;
  raw_accept(&server->peer);
  CHECK(raw_receive(&server->peer, server->pdu));
  CHECK_EQ(server->pdu[RAW_TYPE], RAW_BIND);
  if (server->asked_to_bind)
    server->asked_to_bind(server->context);
  size_t length = raw_make_bind_ack(server->pdu, raw_get32(server->pdu, RAW_CALL_ID), 0, 0);
  server->pdu[RAW_FLAGS] |= RAW_MULTIPLEX;
  CHECK(raw_send(&server->peer, server->pdu, length));
  return 0;
}

void raw_server_expect(struct raw_server *server)
{
  server->thread = CreateThread(NULL, 0, accept_and_bind, server, 0, NULL);
  CHECK(server->thread);
}

void raw_server_prepare(struct raw_server *server, enum wire wire)
{
  char endpoint[64];
  memset(server, 0, sizeof(*server));
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  raw_listen(&server->peer, wire, endpoint);
  server->binding = endpoint_bind(wire, endpoint);
  server->other = endpoint_bind(wire, endpoint);
  raw_server_expect(server);
}

void raw_server_take_over(struct raw_server *server)
{
  CHECK_SIGNALLED(server->thread);
  CloseHandle(server->thread);
}

void raw_server_end(struct raw_server *server)
{
  CHECK_EQ(RpcBindingFree(&server->binding), RPC_S_OK);
  CHECK_EQ(RpcBindingFree(&server->other), RPC_S_OK);
  raw_close(&server->peer);
  raw_stop_listening(&server->peer);
}

unsigned raw_server_receive(struct raw_server *server)
{
  CHECK(raw_receive(&server->peer, server->pdu));
  return raw_get32(server->pdu, RAW_CALL_ID);
}

unsigned raw_server_receive_first(struct raw_server *server, unsigned opnum)
{
  unsigned call_id = raw_server_receive(server);
  CHECK(raw_server_is_first(server));
  CHECK_EQ(raw_get16(server->pdu, RAW_OPNUM), opnum);
  return call_id;
}

static bool has_flag(const struct raw_server *server, unsigned flag)
{
  return server->pdu[RAW_TYPE] == RAW_REQUEST && server->pdu[RAW_FLAGS] & flag;
}

bool raw_server_is_first(const struct raw_server *server)
{
  return has_flag(server, RAW_FIRST);
}

bool raw_server_is_last(const struct raw_server *server)
{
  return has_flag(server, RAW_LAST);
}

bool raw_server_is_flagged(const struct raw_server *server)
{
  return has_flag(server, RAW_PENDING_CANCEL);
}

void raw_server_answer(struct raw_server *server, unsigned call_id, unsigned flags)
{
  LONG sum = 42;
  size_t length = raw_make_response(server->pdu, call_id, &sum, sizeof(sum));
  server->pdu[RAW_FLAGS] |= (BYTE)flags;
  CHECK(raw_send(&server->peer, server->pdu, length));
}
