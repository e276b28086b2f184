#include "raw_client.h"

void raw_client_gather(struct raw_client *client)
{
  client->gathering = true;
  client->gathered = 0;
}

void raw_client_flush(struct raw_client *client)
{
  client->gathering = false;
  CHECK(raw_send(&client->peer, client->batch, client->gathered));
}

/* What has been made in `pdu`. */
static void say(struct raw_client *client, size_t length)
{
  if (!client->gathering) {
    CHECK(raw_send(&client->peer, client->pdu, length));
    return;
  }
  CHECK(length <= sizeof(client->batch) - client->gathered);
  memcpy(client->batch + client->gathered, client->pdu, length);
  client->gathered += length;
}

void raw_client_bind(struct raw_client *client, unsigned flags)
{
  size_t length = raw_make_bind(client->pdu, &raw_calls_interface);
  client->pdu[RAW_FLAGS] |= (BYTE)(flags | RAW_MULTIPLEX);
  CHECK(raw_send(&client->peer, client->pdu, length));
  raw_client_receive(client, RAW_BIND_ACK, 1);
  CHECK(client->pdu[RAW_FLAGS] & RAW_MULTIPLEX);
  CHECK(!(client->pdu[RAW_FLAGS] & RAW_PENDING_CANCEL));
}

void raw_client_send(struct raw_client *client, unsigned type, unsigned call_id)
{
  say(client, raw_make_cancel(client->pdu, type, call_id));
}

void raw_client_request_part(struct raw_client *client, unsigned call_id, unsigned opnum,
                             unsigned flags, const void *stub, size_t length)
{
  raw_make_request(client->pdu, call_id, opnum, stub, length);
  client->pdu[RAW_FLAGS] = (BYTE)(flags | RAW_MULTIPLEX);
  say(client, 24 + length);
}

void raw_client_request(struct raw_client *client, unsigned call_id, unsigned opnum,
                        LONG number)
{
  LONG stub[2] = {number, 0};
  raw_client_request_part(client, call_id, opnum, RAW_FIRST | RAW_LAST, stub, sizeof(stub));
}

void raw_client_receive(struct raw_client *client, unsigned type, unsigned call_id)
{
  CHECK(raw_receive(&client->peer, client->pdu));
  CHECK_EQ(client->pdu[RAW_TYPE], type);
  CHECK_EQ(raw_get32(client->pdu, RAW_CALL_ID), call_id);
}

void raw_client_alter(struct raw_client *client, unsigned call_id, unsigned flags)
{
  size_t length = raw_make_bind(client->pdu, &raw_calls_interface);
  client->pdu[RAW_TYPE] = RAW_ALTER_CONTEXT;
  client->pdu[RAW_FLAGS] |= (BYTE)flags;
  raw_put32(client->pdu, RAW_CALL_ID, call_id);
  say(client, length);
}

void raw_client_sync(struct raw_client *client)
{
  raw_client_alter(client, RAW_SYNC_ID, 0);
  raw_client_receive(client, RAW_ALTER_CONTEXT_RESP, RAW_SYNC_ID);
}
