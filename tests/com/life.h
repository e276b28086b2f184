/*
 * Lives of COM objects with calls pending, for the stress tests: a batch of call objects whose
 * calls the server holds until the test signals them, and a thread with an object in an STA
 * that ends or disconnects it when it is told to.
 */
#ifndef ASYNCSHIM_TESTS_LIFE_H
#define ASYNCSHIM_TESTS_LIFE_H

#include "apartment.h"
#include "numbers_calls.h"
#include "server_calls_object.h"

#define BATCH 40
/* Of a batch, the first ones are answered before a race, so that each outcome comes however it
 * goes; those up to BATCH_RACED are signalled in it, and the others when all is over. */
#define BATCH_ANSWERED 5
#define BATCH_RACED    30

/* Rounds that make a thread of their own are allowed so many blocks: Wine 10 counts small ones
 * by the group, and gives threads groups of their own. (Wine 8 counts exactly, and finds none
 * more.) */
#define THREAD_ROUND_BLOCKS 2

struct batch {
  INumbers *numbers;
  AsyncINumbers *calls[BATCH];
};

/* BATCH call objects of `numbers`, whose reference becomes the batch's, each with a pending
 * Square(i). */
void batch_begin(struct batch *batch, INumbers *numbers);
/*
 * Finishes call i: true: S_OK and the square; false: RPC_E_DISCONNECTED. Then there is no call
 * any more.
 */
bool batch_finish(struct batch *batch, int i);
/* Releases the call objects, and its reference of the proxy. */
void batch_release(struct batch *batch);
/* The last release of call object i: true: its call had been answered before. */
bool batch_release_call(struct batch *batch, int i);

/* The server's side: so many calls are there, and nobody has signalled them. */
void held_object_init(struct server_calls_object *object);
void held_object_wait(struct server_calls_object *object, int calls);
/* Signals those from `first` to before `end`, in the order in which they came. */
void held_object_signal(struct server_calls_object *object, int first, int end);
/* Spins until its call objects and all references but the test's are gone. */
void held_object_check_gone(struct server_calls_object *object);

/* A test that runs in an apartment, with the time of a race. */
#define LIFE_TEST(name, apartment, body)                                                       \
  static void in_##name(void *unused)                                                          \
  {                                                                                            \
    (void)unused;                                                                              \
    body;                                                                                      \
  }                                                                                            \
  TEST_WITHIN(name, 120000)                                                                    \
  {                                                                                            \
    apartment_run(apartment, in_##name, NULL);                                                 \
  }

/* An object in an STA of its own, or another apartment. */
struct life_server {
  struct apartment_thread thread;
  struct server_calls_object object;
  IStream *stream; /* with a reference of the object, for one client */
  HANDLE done;
  HANDLE orders[3];
};

/* Its thread and apartment, without an object. */
void life_server_start(struct life_server *server, enum apartment apartment);
/* A new object in the apartment; the former one is gone (held_object_check_gone()). */
void life_server_export(struct life_server *server);
/* CoDisconnectObject in its apartment; returns when that has returned. */
void life_server_disconnect(struct life_server *server);
/* Leaves the apartment, whatever is pending; returns when the thread has ended. */
void life_server_end(struct life_server *server);

/* The object of `server`, unmarshalled into this apartment; once. */
INumbers *life_server_connect(struct life_server *server);

/* A client with an apartment of its own, which dispatches until it is told to end. */
struct life_client {
  struct apartment_thread thread;
  struct life_server *server;
  struct batch batch;
  HANDLE ready, end;
};

/* Returns when the calls of the batch have been begun in that apartment, and its proxy
 * released: the call objects are all that it has of the object. */
void life_client_start(struct life_client *client, enum apartment apartment,
                       struct life_server *server);
/* Leaves the apartment; returns when the thread has ended. */
void life_client_end(struct life_client *client);

#endif
