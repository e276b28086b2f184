/*
 * Options of a binding: the defaults, that each keeps what it was given, and which are refused.
 */
#include "harness.h"

#include <rpc.h>

static RPC_BINDING_HANDLE bind_server(void)
{
  static unsigned char string[] = "ncacn_ip_tcp:127.0.0.1[4711]";
  RPC_BINDING_HANDLE binding = NULL;

  CHECK_EQ(RpcBindingFromStringBindingA(string, &binding), RPC_S_OK);
  return binding;
}

static ULONG_PTR option_of(RPC_BINDING_HANDLE binding, unsigned long option)
{
  ULONG_PTR value = 0xdead;

  CHECK_EQ(RpcBindingInqOption(binding, option, &value), RPC_S_OK);
  return value;
}

static const unsigned long options[] = {RPC_C_OPT_BINDING_NONCAUSAL, RPC_C_OPT_CALL_TIMEOUT,
                                        RPC_C_OPT_DONT_LINGER, RPC_C_OPT_UNIQUE_BINDING};
#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

TEST(every_option_is_off_at_first)
{
  RPC_BINDING_HANDLE binding = bind_server();

  for (size_t i = 0; i < OPTION_COUNT; i++)
    CHECK_EQ(option_of(binding, options[i]), 0);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

TEST(every_option_keeps_its_own_value)
{
  RPC_BINDING_HANDLE binding = bind_server();

  for (size_t set = 0; set < OPTION_COUNT; set++) {
    CHECK_EQ(RpcBindingSetOption(binding, options[set], 1), RPC_S_OK);
    for (size_t i = 0; i < OPTION_COUNT; i++)
      CHECK_EQ(option_of(binding, options[i]), i == set);
    CHECK_EQ(RpcBindingSetOption(binding, options[set], 0), RPC_S_OK);
  }
  CHECK_EQ(RpcBindingSetOption(binding, RPC_C_OPT_CALL_TIMEOUT, 60000), RPC_S_OK);
  CHECK_EQ(option_of(binding, RPC_C_OPT_CALL_TIMEOUT), 60000);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

TEST(options_of_other_transports_are_refused)
{
  RPC_BINDING_HANDLE binding = bind_server();
  ULONG_PTR value;

  for (unsigned long option = 0; option < 40; option++) {
    bool known = false;

    for (size_t i = 0; i < OPTION_COUNT; i++)
      known = known || options[i] == option;
    if (known)
      continue;
    CHECK_EQ(RpcBindingSetOption(binding, option, 1), RPC_S_CANNOT_SUPPORT);
    CHECK_EQ(RpcBindingInqOption(binding, option, &value), RPC_S_CANNOT_SUPPORT);
  }
  CHECK_EQ(RpcBindingInqOption(binding, RPC_C_OPT_CALL_TIMEOUT, NULL), RPC_S_INVALID_ARG);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

TEST(com_timeout_is_on_a_scale_of_ten)
{
  RPC_BINDING_HANDLE binding = bind_server();
  unsigned int timeout = 99;

  CHECK_EQ(RpcMgmtInqComTimeout(binding, &timeout), RPC_S_OK);
  CHECK_EQ(timeout, RPC_C_BINDING_DEFAULT_TIMEOUT);
  for (unsigned int value = 0; value <= RPC_C_BINDING_INFINITE_TIMEOUT; value++) {
    CHECK_EQ(RpcMgmtSetComTimeout(binding, value), RPC_S_OK);
    CHECK_EQ(RpcMgmtInqComTimeout(binding, &timeout), RPC_S_OK);
    CHECK_EQ(timeout, value);
  }
  CHECK_EQ(RpcMgmtSetComTimeout(binding, 11), RPC_S_INVALID_TIMEOUT);
  CHECK_EQ(RpcMgmtInqComTimeout(binding, &timeout), RPC_S_OK);
  CHECK_EQ(timeout, RPC_C_BINDING_INFINITE_TIMEOUT);
  CHECK_EQ(RpcMgmtInqComTimeout(binding, NULL), RPC_S_INVALID_ARG);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}
