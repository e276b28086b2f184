/*
 * The client's side of a test of call objects: a server in one of the places where it can be,
 * and a call object for its IAdder.
 */
#ifndef ASYNCSHIM_TESTS_CALL_CLIENT_H
#define ASYNCSHIM_TESTS_CALL_CLIENT_H

#include "adder.h"

struct call_client {
  struct adder_server server;
  adder *proxy;
  ICallFactory *factory;
  async_adder *call;
  ISynchronize *synchronize;
  ICancelMethodCalls *cancel;
  struct adder_events events;
};

/* With a server in another apartment of this process, or in another process. */
void call_client_open(struct call_client *client, enum apartment server);
void call_client_open_remote(struct call_client *client, enum apartment server);
/* Without its server, which is gone already. */
void call_client_abandon(struct call_client *client);
void call_client_close(struct call_client *client);

/* A call object of the factory, for AsyncIAdder. */
async_adder *call_client_new_call(struct call_client *client);
/* A call that the server holds until `gate`; returns when it is there. */
void call_client_hold(struct call_client *client, LONG b);
/* Finish_Add returns S_OK and the sum. */
void check_sum(async_adder *call, LONG sum);

/*
 * Five tests: the same in an STA and in the MTA, with a server in another apartment and in
 * another process.
 */
#define CALL_TEST_IN(name, client_apartment, open, place)                                      \
  static void name##_##place(__attribute__((unused)) void *unused)                             \
  {                                                                                            \
    struct call_client client;                                                                 \
    open;                                                                                      \
    name(&client);                                                                             \
    call_client_close(&client);                                                                \
  }                                                                                            \
  APARTMENT_TEST(name##_##place, client_apartment, name##_##place)

#define IN_EACH_PLACE(name)                                                                    \
  static void name(struct call_client *client);                                                \
  CALL_TEST_IN(name, STA, call_client_open(&client, STA), from_an_sta_to_an_sta)               \
  CALL_TEST_IN(name, STA, call_client_open(&client, MTA), from_an_sta_to_the_mta)              \
  CALL_TEST_IN(name, MTA, call_client_open(&client, STA), from_the_mta_to_an_sta)              \
  CALL_TEST_IN(name, STA, call_client_open_remote(&client, MTA), from_an_sta_to_a_process)     \
  CALL_TEST_IN(name, MTA, call_client_open_remote(&client, STA), from_the_mta_to_a_process)    \
  static void name(struct call_client *client)

/* One of them. */
#define CALL_TEST(name)                                                                        \
  static void name(struct call_client *client);                                                \
  CALL_TEST_IN(name, MTA, call_client_open_remote(&client, MTA), in_another_process)           \
  static void name(struct call_client *client)

#endif
