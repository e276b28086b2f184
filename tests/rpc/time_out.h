/*
 * RPC_C_OPT_CALL_TIMEOUT in tests (call_timeout.c, connecting.c), and a server that says
 * nothing.
 *
 * How long a call took is only checked against limits that a slow machine keeps: it is never
 * over before its time (but for the coarse clock), and what hangs is found by the watchdog.
 */
#ifndef ASYNCSHIM_TESTS_TIME_OUT_H
#define ASYNCSHIM_TESTS_TIME_OUT_H

#include "raw_peer.h"
#include "server.h"

#define SHORT_MS   300
#define CLOCK_MS   20    /* what the clock may be off by */
#define FOREVER_MS 60000 /* longer than any test */

static inline void set_timeout(RPC_BINDING_HANDLE binding, ULONG ms)
{
  CHECK_EQ(RpcBindingSetOption(binding, RPC_C_OPT_CALL_TIMEOUT, ms), RPC_S_OK);
}

/* Listens, and says nothing: a client connects, and its bind is never answered. */
static inline RPC_BINDING_HANDLE listen_silently(struct raw_peer *peer, enum wire wire)
{
  char endpoint[64];
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  raw_listen(peer, wire, endpoint);
  return endpoint_bind(wire, endpoint);
}

#endif
