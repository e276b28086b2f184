/*
 * Call objects whose apartment ends, or that are released by another thread, while the server
 * answers their calls: nobody hangs, the server gets its references back, and nothing is left
 * behind.
 */
#include "../rpc/race.h"
#include "life.h"
#include "proxy_dll.h"

#define ROUNDS_SHARE 10 /* calls are dearer than those of RPC alone */

struct scene {
  struct life_server server;
  struct life_client client;
  bool answered[BATCH];
};

/* Until call i has its reply. */
static void wait_for_reply(struct batch *batch, int i)
{
  ISynchronize *synchronize;

  CHECK_EQ(
      AsyncINumbers_QueryInterface(batch->calls[i], &IID_ISynchronize, (void **)&synchronize),
      S_OK);
  while (ISynchronize_Wait(synchronize, COWAIT_DEFAULT, 0) != S_OK)
    SwitchToThread();
  ISynchronize_Release(synchronize);
}

/* ---- the client's apartment ends ---- */

static void start_client(struct scene *scene, enum apartment client)
{
  life_server_export(&scene->server);
  life_client_start(&scene->client, client, &scene->server);
  held_object_wait(&scene->server.object, BATCH);
  held_object_signal(&scene->server.object, 0, BATCH_ANSWERED);
  for (int i = 0; i < BATCH_ANSWERED; i++)
    wait_for_reply(&scene->client.batch, i);
}

static void signal_raced(void *context)
{
  held_object_signal(&((struct scene *)context)->server.object, BATCH_ANSWERED, BATCH_RACED);
}

static void end_client(void *context)
{
  life_client_end(&((struct scene *)context)->client);
}

/*
 * The server loses its last reference with the apartment, and so the calls that it has not been
 * told to answer end, too. Whoever has the call objects finishes and releases them.
 */
static void finish_calls(struct race *race, struct scene *scene)
{
  for (int i = 0; i < BATCH; i++) {
    bool answered = batch_finish(&scene->client.batch, i);

    if (i >= BATCH_ANSWERED && i < BATCH_RACED) {
      race_count(race, answered ? 0 : 1);
    } else {
      CHECK_EQ(answered, i < BATCH_ANSWERED);
      race_count_only(race, answered ? 0 : 1);
    }
    batch_release_call(&scene->client.batch, i);
  }
  held_object_signal(&scene->server.object, BATCH_RACED, BATCH);
}

static void clients_apartment_ends(enum apartment client, enum apartment server,
                                   const char *name)
{
  static struct scene scene;
  struct race race;

  proxy_dll_register();
  race_begin(&race, name, "answered", "disconnected", race_rounds() / ROUNDS_SHARE);
  life_server_start(&scene.server, server);
  while (race_goes_on(&race)) {
    start_client(&scene, client);
    race_run(&race, signal_raced, end_client, &scene);
    finish_calls(&race, &scene);
    held_object_check_gone(&scene.server.object);
    race_allow(&race, 0, THREAD_ROUND_BLOCKS);
  }
  life_server_end(&scene.server);
  race_end(&race);
}

TEST_WITHIN(a_clients_sta_ends_while_calls_are_signalled, 120000)
{
  clients_apartment_ends(STA, MTA, "client's apartment ends, STA");
}

TEST_WITHIN(a_clients_mta_ends_while_calls_are_signalled, 120000)
{
  clients_apartment_ends(MTA, STA, "client's apartment ends, MTA");
}

/* ---- the last release ---- */

static void release_all(void *context)
{
  struct scene *scene = context;

  for (int i = 0; i < BATCH; i++)
    scene->answered[i] = batch_release_call(&scene->client.batch, i);
}

static void release_in_an_sta(void *context)
{
  CHECK_EQ(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED), S_OK);
  release_all(context);
  CoUninitialize();
}

static void last_release(enum apartment client, enum apartment server, race_side release,
                         const char *name)
{
  static struct scene scene;
  struct race race;

  proxy_dll_register();
  race_begin(&race, name, "answered before", "answered after", race_rounds() / ROUNDS_SHARE);
  life_server_start(&scene.server, server);
  while (race_goes_on(&race)) {
    start_client(&scene, client);
    race_run(&race, signal_raced, release, &scene);
    for (int i = 0; i < BATCH_ANSWERED; i++)
      race_count_only(&race, 0);
    for (int i = BATCH_ANSWERED; i < BATCH_RACED; i++)
      race_count(&race, scene.answered[i] ? 0 : 1);
    for (int i = BATCH_RACED; i < BATCH; i++)
      race_count_only(&race, 1);
    held_object_signal(&scene.server.object, BATCH_RACED, BATCH);
    held_object_check_gone(&scene.server.object);
    race_allow(&race, 0, THREAD_ROUND_BLOCKS);
    life_client_end(&scene.client);
  }
  life_server_end(&scene.server);
  race_end(&race);
}

/* In the MTA, though it has never said so. */
TEST_WITHIN(call_objects_of_an_sta_are_released_in_the_mta, 120000)
{
  last_release(STA, MTA, release_all, "STA's released in the MTA");
}

TEST_WITHIN(call_objects_of_an_sta_are_released_in_another_sta, 120000)
{
  last_release(STA, MTA, release_in_an_sta, "STA's released in an STA");
}

TEST_WITHIN(call_objects_of_an_sta_are_released_outside_of_apartments, 120000)
{
  last_release(STA, STA, release_all, "STA's released outside");
}

TEST_WITHIN(call_objects_of_the_mta_are_released_in_an_sta, 120000)
{
  last_release(MTA, STA, release_in_an_sta, "MTA's released in an STA");
}
