/* Call objects whose server is gone. */
#include "call_client.h"

static void lose_the_server(void)
{
  struct call_client client;
  LONG sum;
  call_client_open_remote(&client, MTA);
  call_client_hold(&client, 1);
  helper_kill(&client.server.helper);
  CHECK_EQ(ISynchronize_Wait(client.synchronize, 0, INFINITE), S_OK);
  CHECK_EQ(client.call->table->Finish_Add(client.call, &sum),
           HRESULT_FROM_WIN32(RPC_S_CALL_FAILED));
  CHECK_EQ(client.call->table->Finish_Add(client.call, &sum), RPC_E_CALL_COMPLETE);
  CHECK_EQ(client.call->table->Begin_Add(client.call, 1, 1),
           HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE));
  /* A call that could not be made is none. */
  CHECK_EQ(client.call->table->Finish_Add(client.call, &sum), RPC_E_CALL_COMPLETE);
  call_client_abandon(&client);
}

IN_STA(a_server_that_dies_fails_the_pending_call_in_an_sta)
{
  lose_the_server();
}

IN_MTA(a_server_that_dies_fails_the_pending_call_in_the_mta)
{
  lose_the_server();
}

IN_MTA(a_call_that_was_released_does_not_mind_the_servers_death)
{
  struct call_client client;
  call_client_open_remote(&client, MTA);
  call_client_hold(&client, 1);
  call_client_abandon(&client);
  helper_kill(&client.server.helper);
}

IN_EACH_PLACE(an_object_that_is_disconnected_fails_calls)
{
  LONG sum;
  HRESULT result;
  CHECK_EQ(client->call->table->Begin_Add(client->call, ADD_DISCONNECTS, 0), S_OK);
  check_sum(client->call, ADD_DISCONNECTS);
  result = client->call->table->Begin_Add(client->call, 1, 1);
  if (result == S_OK)
    result = client->call->table->Finish_Add(client->call, &sum);
  CHECK_EQ(result, RPC_E_DISCONNECTED);
  CHECK_EQ(client->call->table->Finish_Add(client->call, &sum), RPC_E_CALL_COMPLETE);
}
