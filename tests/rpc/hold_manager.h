/*
 * A server in this process whose manager routine for `hold` is the test's own; `add` is
 * completed at once. So a test has the handles of both sides in its hands.
 *
 * WITH_MANAGER(name, manager) { … } makes a test for each transport out of one body, which gets
 * a binding handle to that server, and checks at the end that no call is left over.
 */
#ifndef ASYNCSHIM_TESTS_HOLD_MANAGER_H
#define ASYNCSHIM_TESTS_HOLD_MANAGER_H

#include "server.h"

typedef void (*hold_manager)(RPC_ASYNC_STATE *state, handle_t binding, LONG number,
                             LONG *answer);

static inline void add_at_once(RPC_ASYNC_STATE *state, handle_t binding, LONG a, LONG b)
{
  LONG sum = a + b;
  (void)binding;
  CHECK_EQ(RpcAsyncCompleteCall(state, &sum), RPC_S_OK);
}

static inline RPC_BINDING_HANDLE serve(enum wire wire, hold_manager hold)
{
  static struct {
    void (*add)(RPC_ASYNC_STATE *state, handle_t binding, LONG a, LONG b);
    hold_manager hold;
    void *others[20];
  } vector;
  char endpoint[64];
  vector.add = add_at_once;
  vector.hold = hold;
  endpoint_choose(wire, endpoint, sizeof(endpoint));
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR)wire_protseq(wire), RPC_C_LISTEN_MAX_CALLS_DEFAULT,
                                  (RPC_CSTR)endpoint, NULL),
           RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIf(async_server_calls_v1_0_s_ifspec, NULL, (RPC_MGR_EPV *)&vector),
           RPC_S_OK);
  CHECK_EQ(RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, TRUE), RPC_S_OK);
  return endpoint_bind(wire, endpoint);
}

#define WITH_MANAGER(name, manager)                                                            \
  static void name##_with(RPC_BINDING_HANDLE binding);                                         \
  static void name##_on(enum wire wire)                                                        \
  {                                                                                            \
    RPC_BINDING_HANDLE binding = serve(wire, manager);                                         \
    name##_with(binding);                                                                      \
    CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);                                              \
    CHECK_EQ(RpcMgmtStopServerListening(NULL), RPC_S_OK);                                      \
    CHECK_EQ(RpcMgmtWaitServerListen(), RPC_S_OK);                                             \
  }                                                                                            \
  TEST(name##_local)                                                                           \
  {                                                                                            \
    name##_on(WIRE_LOCAL);                                                                     \
  }                                                                                            \
  TEST(name##_tcp)                                                                             \
  {                                                                                            \
    name##_on(WIRE_TCP);                                                                       \
  }                                                                                            \
  static void name##_with(RPC_BINDING_HANDLE binding)

#endif
