#include "life.h"

enum order { ORDER_END, ORDER_EXPORT, ORDER_DISCONNECT, ORDERS };

/* ---- the client ---- */

void batch_begin(struct batch *batch, INumbers *numbers)
{
  batch->numbers = numbers;
  for (int i = 0; i < BATCH; i++) {
    batch->calls[i] = numbers_new_call(numbers);
    CHECK_EQ(AsyncINumbers_Begin_Square(batch->calls[i], i), S_OK);
  }
}

bool batch_finish(struct batch *batch, int i)
{
  LONG result = -1;
  HRESULT outcome = AsyncINumbers_Finish_Square(batch->calls[i], &result);

  if (outcome != S_OK)
    CHECK_EQ(outcome, RPC_E_DISCONNECTED);
  else
    CHECK_EQ(result, i * i);
  CHECK_EQ(AsyncINumbers_Finish_Square(batch->calls[i], &result), RPC_E_CALL_COMPLETE);
  return outcome == S_OK;
}

bool batch_release_call(struct batch *batch, int i)
{
  ISynchronize *synchronize;
  HRESULT result;

  CHECK_EQ(
      AsyncINumbers_QueryInterface(batch->calls[i], &IID_ISynchronize, (void **)&synchronize),
      S_OK);
  result = ISynchronize_Wait(synchronize, COWAIT_DEFAULT, 0);
  ISynchronize_Release(synchronize);
  CHECK_EQ(AsyncINumbers_Release(batch->calls[i]), 0);
  return result == S_OK;
}

void batch_release(struct batch *batch)
{
  for (int i = 0; i < BATCH; i++)
    CHECK_EQ(AsyncINumbers_Release(batch->calls[i]), 0);
  INumbers_Release(batch->numbers);
}

/* ---- the object ---- */

void held_object_init(struct server_calls_object *object)
{
  server_calls_object_init(object, SIGNAL_TOGETHER);
  object->together = BATCH + 1; /* so none is the last */
}

void held_object_wait(struct server_calls_object *object, int calls)
{
  for (int i = 0; i < calls; i++)
    while (!InterlockedCompareExchangePointer((void **)&object->signals[i], NULL, NULL))
      SwitchToThread();
}

void held_object_signal(struct server_calls_object *object, int first, int end)
{
  for (int i = first; i < end; i++) {
    CHECK_EQ(ISynchronize_Signal(object->signals[i]), S_OK);
    ISynchronize_Release(object->signals[i]);
  }
}

void held_object_check_gone(struct server_calls_object *object)
{
  while (object->objects || object->numbers.references != 1)
    SwitchToThread();
}

/* ---- its apartment ---- */

static void obey(struct life_server *server, enum order order)
{
  IUnknown *object = (IUnknown *)&server->object.numbers.numbers;

  if (order == ORDER_DISCONNECT) {
    CHECK_EQ(CoDisconnectObject(object, 0), S_OK);
  } else {
    held_object_init(&server->object);
    CHECK_EQ(CoMarshalInterThreadInterfaceInStream(&IID_INumbers, object, &server->stream),
             S_OK);
  }
  SetEvent(server->done);
}

static void serve(void *context)
{
  struct life_server *server = context;
  DWORD order;
  MSG message;

  while ((order = MsgWaitForMultipleObjectsEx(ORDERS, server->orders, INFINITE, QS_ALLINPUT,
                                              MWMO_INPUTAVAILABLE)) != ORDER_END) {
    if (order < ORDERS)
      obey(server, order);
    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
      DispatchMessageW(&message);
  }
}

static HANDLE new_event(void)
{
  HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);

  CHECK(event);
  return event;
}

void life_server_start(struct life_server *server, enum apartment apartment)
{
  server->done = new_event();
  for (int i = 0; i < ORDERS; i++)
    server->orders[i] = new_event();
  apartment_start(&server->thread, apartment, serve, server);
}

static void order(struct life_server *server, enum order order)
{
  SetEvent(server->orders[order]);
  CHECK_SIGNALLED(server->done);
}

void life_server_export(struct life_server *server)
{
  order(server, ORDER_EXPORT);
}

void life_server_disconnect(struct life_server *server)
{
  order(server, ORDER_DISCONNECT);
}

void life_server_end(struct life_server *server)
{
  SetEvent(server->orders[ORDER_END]);
  CHECK_SIGNALLED(server->thread.thread);
  CloseHandle(server->thread.thread);
  CloseHandle(server->done);
  for (int i = 0; i < ORDERS; i++)
    CloseHandle(server->orders[i]);
}

INumbers *life_server_connect(struct life_server *server)
{
  INumbers *numbers;

  CHECK_EQ(CoGetInterfaceAndReleaseStream(server->stream, &IID_INumbers, (void **)&numbers),
           S_OK);
  return numbers;
}

/* ---- a client with an apartment ---- */

static void be_client(void *context)
{
  struct life_client *client = context;

  batch_begin(&client->batch, life_server_connect(client->server));
  INumbers_Release(client->batch.numbers);
  SetEvent(client->ready);
  apartment_wait(client->end);
}

void life_client_start(struct life_client *client, enum apartment apartment,
                       struct life_server *server)
{
  client->server = server;
  client->ready = new_event();
  client->end = new_event();
  apartment_start(&client->thread, apartment, be_client, client);
  CHECK_SIGNALLED(client->ready);
}

void life_client_end(struct life_client *client)
{
  SetEvent(client->end);
  CHECK_SIGNALLED(client->thread.thread);
  CloseHandle(client->thread.thread);
  CloseHandle(client->ready);
  CloseHandle(client->end);
}
