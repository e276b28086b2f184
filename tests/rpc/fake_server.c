#include "fake_server.h"

/*
 * Answers one bind and one request; hangs up where it has no answer, and else only when it is
 * interrupted.
 */
static DWORD WINAPI serve(void *context)
{
  static BYTE pdu[RAW_PDU_ROOM];
  struct fake_server *fake = context;
  make_answer answers[] = {fake->to_bind, fake->to_request};
  raw_accept(&fake->peer);
  for (int step = 0; step < 2; step++) {
    if (!raw_receive(&fake->peer, pdu) || !answers[step]) {
      raw_interrupt(&fake->peer);
      return 0;
    }
    if (!raw_send(&fake->peer, pdu, answers[step](pdu, raw_get32(pdu, RAW_CALL_ID))))
      return 0;
  }
  /* What was sent can be read for as long as the connection lasts. */
  while (raw_receive(&fake->peer, pdu))
    ;
  return 0;
}

RPC_BINDING_HANDLE fake_server_start(struct fake_server *fake, enum wire wire)
{
  char endpoint[64];
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  raw_listen(&fake->peer, wire, endpoint);
  fake->thread = CreateThread(NULL, 0, serve, fake, 0, NULL);
  CHECK(fake->thread);
  return endpoint_bind(wire, endpoint);
}

void fake_server_stop(struct fake_server *fake, RPC_BINDING_HANDLE binding)
{
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  raw_interrupt(&fake->peer);
  CHECK_SIGNALLED(fake->thread);
  CloseHandle(fake->thread);
  raw_close(&fake->peer);
  raw_stop_listening(&fake->peer);
}

size_t fake_server_accept_bind(BYTE *pdu, unsigned call_id)
{
  return raw_make_bind_ack(pdu, call_id, 0, 0);
}
