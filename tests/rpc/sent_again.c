/*
 * A connection that is lost: a request that cannot have been executed is sent again on another
 * connection, one that can never is. The server says how many requests it has got, and of which
 * numbers.
 */
#include <winsock2.h>

#include "async_call.h"
#include "raw_peer.h"

#include <stdlib.h>

/* The first number of a procedure's [in] parameters names the request. */
#define STUB_OFFSET 24
#define MOST        16

enum step {
  STEP_ANSWER,      /* reads a request and answers it */
  STEP_READ,        /* reads a request */
  STEP_CLOSE,       /* closes, having read all there is */
  STEP_RESET,       /* the same, abortively */
  STEP_READ_CLOSE,  /* reads a request, and closes without an answer */
  STEP_READ_RESET,  /* the same, abortively */
  STEP_FIRST_CLOSE, /* reads the first fragment of a request, and closes */
  STEP_END
};

/*
 * A server that goes through its steps, one connection after the other, while it listens all
 * the time.
 */
struct script {
  struct raw_peer peer;
  const enum step *steps;
  bool multiplexed;
  LONG got;           /* requests, whole ones */
  LONG numbers[MOST]; /* of those */
  HANDLE closed;      /* set when a connection has been closed */
  HANDLE thread;
  RPC_BINDING_HANDLE binding;
};

static void answer_bind(struct script *script, BYTE *pdu)
{
  CHECK(raw_receive(&script->peer, pdu));
  CHECK_EQ(pdu[RAW_TYPE], RAW_BIND);
  size_t length = raw_make_bind_ack(pdu, raw_get32(pdu, RAW_CALL_ID), 0, 0);
  if (script->multiplexed)
    pdu[RAW_FLAGS] |= RAW_MULTIPLEX;
  CHECK(raw_send(&script->peer, pdu, length));
}

/* false: the client has closed. Whole requests are noted. */
static bool receive_request(struct script *script, BYTE *pdu, bool first_only)
{
  LONG number = 0;
  do {
    if (!raw_receive(&script->peer, pdu))
      return false;
    CHECK_EQ(pdu[RAW_TYPE], RAW_REQUEST);
    if (pdu[RAW_FLAGS] & RAW_FIRST)
      number = (LONG)raw_get32(pdu, STUB_OFFSET);
    if (first_only)
      return true;
  } while (!(pdu[RAW_FLAGS] & RAW_LAST));
  CHECK(script->got < MOST);
  script->numbers[script->got++] = number;
  return true;
}

static void answer_request(struct script *script, BYTE *pdu)
{
  LONG answer = 42;
  size_t length = raw_make_response(pdu, raw_get32(pdu, RAW_CALL_ID), &answer, sizeof(answer));
  CHECK(raw_send(&script->peer, pdu, length));
}

static void close_connection(struct script *script, bool abortively)
{
  struct linger linger = {1, 0};
  if (abortively && script->peer.socket)
    setsockopt(script->peer.socket, SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof(linger));
  if (script->peer.pipe)
    FlushFileBuffers(script->peer.pipe); /* what has not been read would be lost */
  raw_close(&script->peer);
  SetEvent(script->closed);
}

/* One connection; false: that was the last one. */
static bool serve_connection(struct script *script)
{
  static BYTE pdu[RAW_PDU_ROOM];
  raw_accept(&script->peer);
  answer_bind(script, pdu);
  for (;;) {
    enum step step = *script->steps;
    if (step == STEP_END)
      return false;
    script->steps++;
    if (step != STEP_CLOSE && step != STEP_RESET &&
        !receive_request(script, pdu, step == STEP_FIRST_CLOSE)) {
      script->steps--; /* a client that has gone to another connection */
      raw_close(&script->peer);
      return true;
    }
    if (step == STEP_READ)
      continue;
    if (step != STEP_ANSWER) {
      close_connection(script, step == STEP_RESET || step == STEP_READ_RESET);
      return true;
    }
    answer_request(script, pdu);
  }
}

static DWORD WINAPI serve(void *context)
{
  static BYTE pdu[RAW_PDU_ROOM];
  struct script *script = context;
  while (serve_connection(script))
    ;
  /* What was sent can be read for as long as the connection lasts. */
  while (raw_receive(&script->peer, pdu))
    CHECK(pdu[RAW_TYPE] != RAW_REQUEST);
  return 0;
}

static void script_start(struct script *script, enum wire wire, const enum step *steps,
                         bool multiplexed)
{
  char endpoint[64];
  memset(script, 0, sizeof(*script));
  script->steps = steps;
  script->multiplexed = multiplexed;
  script->closed = CreateEventW(NULL, FALSE, FALSE, NULL);
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  raw_listen(&script->peer, wire, endpoint);
  script->binding = endpoint_bind(wire, endpoint);
  script->thread = CreateThread(NULL, 0, serve, script, 0, NULL);
  CHECK(script->closed && script->thread);
}

/* The requests that the server has got are those numbered 1, 2, … `count`, each once. */
static void script_end(struct script *script, LONG count)
{
  CHECK_EQ(RpcBindingFree(&script->binding), RPC_S_OK);
  raw_interrupt(&script->peer);
  CHECK_SIGNALLED(script->thread);
  CHECK_EQ(script->got, count);
  for (LONG i = 0; i < count; i++)
    CHECK_EQ(script->numbers[i], i + 1);
  raw_close(&script->peer);
  raw_stop_listening(&script->peer);
  CloseHandle(script->thread);
  CloseHandle(script->closed);
}

static void check_add(struct script *script, LONG number)
{
  CHECK_EQ(RAISED(sync_add, script->binding, number, 0), 0);
  CHECK_EQ((LONG)RETURNED(), 42);
}

/* ---- synchronous ---- */

ON_EACH_WIRE(request_behind_the_end_of_the_connection_is_sent_again)
{
  static const enum step steps[] = {STEP_ANSWER, STEP_CLOSE,  STEP_ANSWER,
                                    STEP_CLOSE,  STEP_ANSWER, STEP_END};
  static struct script script;
  script_start(&script, wire, steps, false);
  for (LONG number = 1; number <= 3; number++) {
    check_add(&script, number);
    if (number < 3)
      CHECK_SIGNALLED(script.closed);
  }
  script_end(&script, 3);
}

TEST(request_behind_a_reset_is_sent_again)
{
  static const enum step steps[] = {STEP_ANSWER, STEP_RESET, STEP_ANSWER, STEP_END};
  static struct script script;
  script_start(&script, WIRE_TCP, steps, false);
  check_add(&script, 1);
  CHECK_SIGNALLED(script.closed);
  check_add(&script, 2);
  script_end(&script, 2);
}

static void check_lost_request(enum wire wire, enum step how)
{
  enum step steps[] = {STEP_ANSWER, how, STEP_ANSWER, STEP_END};
  static struct script script;
  script_start(&script, wire, steps, false);
  check_add(&script, 1);
  CHECK_EQ(RAISED(sync_add, script.binding, 2, 0), RPC_S_CALL_FAILED);
  check_add(&script, 3);
  script_end(&script, 3);
}

/* On the first connection, too, where nothing says that it is old. */
ON_EACH_WIRE(request_that_was_read_is_never_sent_again)
{
  static const enum step steps[] = {STEP_READ_CLOSE, STEP_ANSWER, STEP_END};
  static struct script script;
  check_lost_request(wire, STEP_READ_CLOSE);
  script_start(&script, wire, steps, false);
  CHECK_EQ(RAISED(sync_add, script.binding, 1, 0), RPC_S_CALL_FAILED);
  check_add(&script, 2);
  script_end(&script, 2);
}

TEST(request_that_was_read_is_never_sent_again_after_a_reset)
{
  check_lost_request(WIRE_TCP, STEP_READ_RESET);
}

/* More than the system takes in behind a server that does not read. */
#define LARGE (16u << 20)

static void check_sent_in_part(struct script *script)
{
  CHECK_EQ(RpcBindingFree(&script->binding), RPC_S_OK);
  raw_interrupt(&script->peer);
  CHECK_SIGNALLED(script->thread);
  raw_close(&script->peer);
  raw_stop_listening(&script->peer);
}

/* The server has not got its last fragment. (Its answer is one to `add`, and so no good one.)
 */
ON_EACH_WIRE(request_that_was_read_in_part_is_sent_again)
{
  static const enum step steps[] = {STEP_ANSWER, STEP_FIRST_CLOSE, STEP_ANSWER, STEP_END};
  static struct script script;
  unsigned char *data = calloc(1, LARGE), *reply = NULL;
  LONG count = 0;
  CHECK(data);
  script_start(&script, wire, steps, false);
  check_add(&script, 1);
  CHECK_EQ(RAISED(sync_echo, script.binding, LARGE, data, &count, &reply), RPC_X_BAD_STUB_DATA);
  check_sent_in_part(&script);
  CHECK_EQ(script.got, 2);
  CHECK_EQ(script.numbers[1], LARGE);
  free(data);
}

/* ---- asynchronous ---- */

static void begin_add(struct script *script, struct async_call *call, LONG number)
{
  async_call_init(call);
  CHECK_EQ(RAISED(async_add, &call->state, script->binding, number, 0), 0);
}

/* Behind the end of the connection, which the first two calls have met. */
ON_EACH_WIRE(asynchronous_requests_that_were_read_are_never_sent_again)
{
  static const enum step steps[] = {STEP_READ, STEP_READ_CLOSE, STEP_ANSWER, STEP_END};
  static struct script script;
  struct async_call calls[3];
  LONG sum = 0;
  script_start(&script, wire, steps, true);
  begin_add(&script, &calls[0], 1);
  begin_add(&script, &calls[1], 2);
  CHECK_EQ(async_call_finish(&calls[0], NULL), RPC_S_CALL_FAILED);
  CHECK_EQ(async_call_finish(&calls[1], NULL), RPC_S_CALL_FAILED);
  begin_add(&script, &calls[2], 3);
  CHECK_EQ(async_call_finish(&calls[2], &sum), RPC_S_OK);
  CHECK_EQ(sum, 42);
  script_end(&script, 3);
}

/* It has not been executed, and the status says so. */
ON_EACH_WIRE(asynchronous_request_that_was_read_in_part_has_not_been_executed)
{
  static const enum step steps[] = {STEP_FIRST_CLOSE, STEP_ANSWER, STEP_END};
  static struct script script;
  unsigned char *data = calloc(1, LARGE), *reply = NULL;
  struct async_call large, small;
  LONG count = 0, sum = 0;
  CHECK(data);
  script_start(&script, wire, steps, true);
  async_call_init(&large);
  CHECK_EQ(RAISED(async_echo, &large.state, script.binding, LARGE, data, &count, &reply), 0);
  CHECK_EQ(async_call_finish(&large, NULL), RPC_S_CALL_FAILED_DNE);
  begin_add(&script, &small, 1);
  CHECK_EQ(async_call_finish(&small, &sum), RPC_S_OK);
  script_end(&script, 1);
  free(data);
}
