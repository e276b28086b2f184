/*
 * Replies against the end of their connection: each call is answered or lost, is told once, and
 * leaves nothing behind; on the server each call can be completed, answered or not.
 */
#include "async_call.h"
#include "race.h"
#include "raw_peer.h"
#include "seats.h"

#define CALLS      25 /* on one connection */
#define OPNUM_HOLD 1
#define MULTIPLEX  0x10 /* PFC_CONC_MPX */

static struct async_call calls[CALLS];
static LONG answers[CALLS];

static bool is_lost(RPC_STATUS status)
{
  return status == RPC_S_CALL_FAILED || status == RPC_S_CALL_FAILED_DNE ||
         status == RPC_S_COMM_FAILURE;
}

/* ---- the client's side: a peer that answers, and hangs up meanwhile ---- */

struct peer {
  struct raw_peer raw;
  unsigned ids[CALLS];
  HANDLE thread;
};

/* Accepts one client and its requests. */
static DWORD WINAPI take_requests(void *context)
{
  static BYTE pdu[RAW_PDU_ROOM];
  struct peer *peer = context;
  raw_accept(&peer->raw);
  CHECK(raw_receive(&peer->raw, pdu));
  size_t length = raw_make_bind_ack(pdu, raw_get32(pdu, RAW_CALL_ID), 0, 0);
  pdu[RAW_FLAGS] |= MULTIPLEX;
  CHECK(raw_send(&peer->raw, pdu, length));
  for (int i = 0; i < CALLS; i++) {
    CHECK(raw_receive(&peer->raw, pdu));
    peer->ids[i] = raw_get32(pdu, RAW_CALL_ID);
  }
  return 0;
}

static void answer_all(void *context)
{
  struct peer *peer = context;
  BYTE pdu[64];
  for (LONG i = 0; i < CALLS; i++)
    if (!raw_send(&peer->raw, pdu, raw_make_response(pdu, peer->ids[i], &i, sizeof(i))))
      return;
}

static void hang_up(void *context)
{
  raw_interrupt(&((struct peer *)context)->raw);
}

static void make_calls(RPC_BINDING_HANDLE binding)
{
  for (LONG i = 0; i < CALLS; i++) {
    CHECK_EQ(RpcAsyncInitializeHandle(&calls[i].state, sizeof(calls[i].state)), RPC_S_OK);
    calls[i].state.NotificationType = RpcNotificationTypeEvent;
    calls[i].state.u.hEvent = calls[i].event;
    answers[i] = -1;
    async_hold(&calls[i].state, binding, i, &answers[i]);
  }
}

static void finish_calls(struct race *race)
{
  for (LONG i = 0; i < CALLS; i++) {
    CHECK_SIGNALLED(calls[i].event);
    RPC_STATUS status = RpcAsyncCompleteCall(&calls[i].state, NULL);
    CHECK(status == RPC_S_OK || is_lost(status));
    CHECK_EQ(answers[i], status == RPC_S_OK ? i : -1);
    race_count(race, status == RPC_S_OK ? 0 : 1);
  }
  for (LONG i = 0; i < CALLS; i++)
    CHECK(!async_call_is_notified(&calls[i]));
}

static void reply_against_lost_connection(enum wire wire, const char *name)
{
  struct race race;
  struct peer peer;
  char endpoint[64];
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  raw_listen(&peer.raw, wire, endpoint);
  for (int i = 0; i < CALLS; i++)
    async_call_init(&calls[i]);
  race_begin(&race, name, "replied", "lost", race_rounds() / 2);
  while (race_goes_on(&race)) {
    /* A new one: where all was answered, the client may not have noticed yet that the
     * connection is lost, and the peer would wait for calls that go there. */
    RPC_BINDING_HANDLE binding = endpoint_bind(wire, endpoint);
    peer.thread = CreateThread(NULL, 0, take_requests, &peer, 0, NULL);
    CHECK(peer.thread);
    make_calls(binding);
    CHECK_SIGNALLED(peer.thread);
    CloseHandle(peer.thread);
    race_run(&race, answer_all, hang_up, &peer);
    finish_calls(&race);
    if (wire == WIRE_TCP)
      raw_close(&peer.raw);
    CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  }
  race_end(&race);
  for (int i = 0; i < CALLS; i++)
    async_call_close(&calls[i]);
  raw_stop_listening(&peer.raw);
}

TEST_WITHIN(reply_against_lost_connection_local, 120000)
{
  reply_against_lost_connection(WIRE_LOCAL, "client: reply / lost connection, ncalrpc");
}

TEST_WITHIN(reply_against_lost_connection_tcp, 120000)
{
  reply_against_lost_connection(WIRE_TCP, "client: reply / lost connection, TCP");
}

/* ---- the server's side: a client that hangs up while its calls are completed ---- */

struct client {
  struct raw_peer raw;
  RPC_STATUS statuses[CALLS];
};

static void request_all(struct client *client)
{
  BYTE pdus[RAW_PDU_ROOM];
  size_t length = raw_make_bind(pdus, &raw_calls_interface);
  pdus[RAW_FLAGS] |= MULTIPLEX;
  CHECK(raw_send(&client->raw, pdus, length));
  CHECK(raw_receive(&client->raw, pdus));
  length = 0;
  for (LONG i = 0; i < CALLS; i++) {
    BYTE *pdu = pdus + length;
    length += raw_make_request(pdu, (unsigned)i + 2, OPNUM_HOLD, &i, sizeof(i));
    pdu[RAW_FLAGS] |= MULTIPLEX;
  }
  CHECK(raw_send(&client->raw, pdus, length));
}

static void complete_all(void *context)
{
  struct client *client = context;
  for (LONG i = 0; i < CALLS; i++)
    client->statuses[i] = seat_release(i, i);
}

static void go_away(void *context)
{
  struct client *client = context;
  if (client->raw.wire == WIRE_TCP)
    raw_close(&client->raw);
  else
    CloseHandle(client->raw.pipe);
}

static void complete_against_lost_connection(enum wire wire, const char *name)
{
  struct race race;
  char endpoint[64];
  RPC_BINDING_HANDLE binding = seats_listen(wire, endpoint, sizeof(endpoint));
  race_begin(&race, name, "answered", "lost", race_rounds() / 2);
  while (race_goes_on(&race)) {
    struct client client;
    raw_connect(&client.raw, wire, endpoint);
    request_all(&client);
    seats_wait(CALLS);
    race_run(&race, complete_all, go_away, &client);
    for (int i = 0; i < CALLS; i++) {
      CHECK(client.statuses[i] == RPC_S_OK || client.statuses[i] == RPC_S_CALL_FAILED);
      race_count(&race, client.statuses[i] == RPC_S_OK ? 0 : 1);
    }
  }
  race_end(&race);
  seats_stop(binding);
}

TEST_WITHIN(complete_against_lost_connection_local, 120000)
{
  complete_against_lost_connection(WIRE_LOCAL, "server: reply / lost connection, ncalrpc");
}

TEST_WITHIN(complete_against_lost_connection_tcp, 120000)
{
  complete_against_lost_connection(WIRE_TCP, "server: reply / lost connection, TCP");
}
