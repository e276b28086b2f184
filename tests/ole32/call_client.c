#include "call_client.h"

static void connect_client(struct call_client *client)
{
  adder_events_open(&client->events);
  client->proxy = adder_server_connect(&client->server);
  CHECK_EQ(client->proxy->table->QueryInterface(client->proxy, &IID_ICallFactory,
                                                (void **)&client->factory),
           S_OK);
  client->call = call_client_new_call(client);
  CHECK_EQ(client->call->table->QueryInterface(client->call, &IID_ISynchronize,
                                               (void **)&client->synchronize),
           S_OK);
  CHECK_EQ(client->call->table->QueryInterface(client->call, &IID_ICancelMethodCalls,
                                               (void **)&client->cancel),
           S_OK);
}

void call_client_open(struct call_client *client, enum apartment server)
{
  adder_server_start(&client->server, server);
  connect_client(client);
}

void call_client_open_remote(struct call_client *client, enum apartment server)
{
  adder_server_start_process(&client->server, server);
  connect_client(client);
}

void call_client_abandon(struct call_client *client)
{
  ISynchronize_Release(client->synchronize);
  ICancelMethodCalls_Release(client->cancel);
  CHECK_EQ(client->call->table->Release(client->call), 0);
  ICallFactory_Release(client->factory);
  CHECK_EQ(client->proxy->table->Release(client->proxy), 0);
  adder_events_close(&client->events);
}

void call_client_close(struct call_client *client)
{
  call_client_abandon(client);
  adder_server_stop(&client->server);
}

async_adder *call_client_new_call(struct call_client *client)
{
  async_adder *call;
  CHECK_EQ(ICallFactory_CreateCall(client->factory, &IID_AsyncIAdder, NULL, &IID_AsyncIAdder,
                                   (IUnknown **)&call),
           S_OK);
  return call;
}

void call_client_hold(struct call_client *client, LONG b)
{
  CHECK_EQ(client->call->table->Begin_Add(client->call, ADD_HELD, b), S_OK);
  CHECK_SIGNALLED(client->events.entered);
}

void check_sum(async_adder *call, LONG sum)
{
  LONG result = 0;
  CHECK_EQ(call->table->Finish_Add(call, &result), S_OK);
  CHECK_EQ(result, sum);
}
