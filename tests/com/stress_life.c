/*
 * Objects and apartments that end with calls pending, at the moment when those are signalled:
 * each call is answered or ends as RPC_E_DISCONNECTED, signals that come later do nothing, and
 * nothing is left behind.
 */
#include "../rpc/race.h"
#include "life.h"
#include "proxy_dll.h"

#define ROUNDS_SHARE 10 /* calls are dearer than those of RPC alone */

struct life {
  struct life_server server;
  struct batch batch;
};

static void signal_raced(void *context)
{
  held_object_signal(&((struct life *)context)->server.object, BATCH_ANSWERED, BATCH_RACED);
}

static void disconnect(void *context)
{
  life_server_disconnect(&((struct life *)context)->server);
}

static void end_apartment(void *context)
{
  life_server_end(&((struct life *)context)->server);
}

static void open_life(struct race *race, struct life *life)
{
  life_server_export(&life->server);
  batch_begin(&life->batch, life_server_connect(&life->server));
  held_object_wait(&life->server.object, BATCH);
  held_object_signal(&life->server.object, 0, BATCH_ANSWERED);
  for (int i = 0; i < BATCH_ANSWERED; i++) {
    CHECK(batch_finish(&life->batch, i));
    race_count_only(race, 0);
  }
}

/* The calls that have not been signalled in the race have not been answered. */
static void finish_calls(struct race *race, struct life *life)
{
  for (int i = BATCH_ANSWERED; i < BATCH_RACED; i++)
    race_count(race, batch_finish(&life->batch, i) ? 0 : 1);
  for (int i = BATCH_RACED; i < BATCH; i++) {
    CHECK(!batch_finish(&life->batch, i));
    race_count_only(race, 1);
  }
  held_object_signal(&life->server.object, BATCH_RACED, BATCH);
}

static void object_is_disconnected(enum apartment apartment, const char *name)
{
  static struct life life;
  struct race race;

  proxy_dll_register();
  race_begin(&race, name, "answered", "disconnected", race_rounds() / ROUNDS_SHARE);
  life_server_start(&life.server, apartment);
  while (race_goes_on(&race)) {
    open_life(&race, &life);
    race_run(&race, signal_raced, disconnect, &life);
    finish_calls(&race, &life);
    batch_release(&life.batch);
    held_object_check_gone(&life.server.object);
  }
  life_server_end(&life.server);
  race_end(&race);
}

LIFE_TEST(an_object_in_an_sta_is_disconnected_while_calls_are_signalled, MTA,
          object_is_disconnected(STA, "object disconnected, STA"))
LIFE_TEST(an_object_in_the_mta_is_disconnected_while_calls_are_signalled, STA,
          object_is_disconnected(MTA, "object disconnected, MTA"))

/*
 * What an apartment leaves behind whatever has been called in it. An STA's endpoint listens as
 * long as the process lives: RPC has no way to take one back. And where proxies are released
 * that have nothing to connect to any more, combase loses an event and two blocks for each of
 * them (I_RpcGetBuffer has failed): two in an STA, one of an MTA, whose IRemUnknown is called
 * for the first time then.
 */
static void leave_apartment(struct race *race, enum apartment apartment)
{
  if (apartment == STA)
    race_allow(race, 1 + 2, 5 + 4);
  else
    race_allow(race, 1, 2);
}

static void servers_apartment_ends(enum apartment apartment, const char *name)
{
  static struct life life;
  struct race race;

  proxy_dll_register();
  race_begin(&race, name, "answered", "disconnected", race_rounds() / ROUNDS_SHARE);
  while (race_goes_on(&race)) {
    life_server_start(&life.server, apartment);
    open_life(&race, &life);
    race_run(&race, signal_raced, end_apartment, &life);
    finish_calls(&race, &life);
    batch_release(&life.batch);
    held_object_check_gone(&life.server.object);
    race_allow(&race, 0, THREAD_ROUND_BLOCKS);
    leave_apartment(&race, apartment);
  }
  race_end(&race);
}

LIFE_TEST(a_servers_sta_ends_while_calls_are_signalled, MTA,
          servers_apartment_ends(STA, "server's apartment ends, STA"))
LIFE_TEST(a_servers_mta_ends_while_calls_are_signalled, STA,
          servers_apartment_ends(MTA, "server's apartment ends, MTA"))
