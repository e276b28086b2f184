/*
 * Outer objects with an ISynchronize of their own, in races: every Reset is followed by one
 * Signal, whether the call is answered, disconnected or let go, and then the outer object goes.
 */
#include "../rpc/race.h"
#include "life.h"
#include "proxy_dll.h"

#define ROUNDS_SHARE 10 /* calls are dearer than those of RPC alone */

/* ---- the outer object ---- */

struct outer {
  IUnknown unknown;
  ISynchronize synchronize;
  LONG references;
  IUnknown *part;
  AsyncINumbers *call; /* of the part: without a reference */
  LONG resets, signals;
  bool agile;
};

static LONG outers; /* that are there */

static struct outer *from_unknown(IUnknown *unknown)
{
  return CONTAINING_RECORD(unknown, struct outer, unknown);
}

static struct outer *from_synchronize(ISynchronize *synchronize)
{
  return CONTAINING_RECORD(synchronize, struct outer, synchronize);
}

static HRESULT WINAPI outer_query(IUnknown *unknown, REFIID iid, void **object)
{
  struct outer *outer = from_unknown(unknown);

  *object = NULL;
  if (IsEqualIID(iid, &IID_IUnknown) || (outer->agile && IsEqualIID(iid, &IID_IAgileObject)))
    *object = unknown;
  else if (IsEqualIID(iid, &IID_ISynchronize))
    *object = &outer->synchronize;
  else
    return outer->part ? IUnknown_QueryInterface(outer->part, iid, object) : E_NOINTERFACE;
  IUnknown_AddRef(unknown);
  return S_OK;
}

static ULONG WINAPI outer_add_ref(IUnknown *unknown)
{
  return InterlockedIncrement(&from_unknown(unknown)->references);
}

static ULONG WINAPI outer_release(IUnknown *unknown)
{
  struct outer *outer = from_unknown(unknown);
  LONG references = InterlockedDecrement(&outer->references);

  if (references)
    return references;
  outer->references = 1; /* the part may count it while it goes */
  CHECK_EQ(outer->signals, outer->resets);
  CHECK_EQ(IUnknown_Release(outer->part), 0);
  InterlockedDecrement(&outers);
  free(outer);
  return 0;
}

static IUnknownVtbl unknown_table = {outer_query, outer_add_ref, outer_release};

static HRESULT WINAPI synchronize_query(ISynchronize *synchronize, REFIID iid, void **object)
{
  return outer_query(&from_synchronize(synchronize)->unknown, iid, object);
}

static ULONG WINAPI synchronize_add_ref(ISynchronize *synchronize)
{
  return outer_add_ref(&from_synchronize(synchronize)->unknown);
}

static ULONG WINAPI synchronize_release(ISynchronize *synchronize)
{
  return outer_release(&from_synchronize(synchronize)->unknown);
}

/* The part's own. */
static ISynchronize *event_of(struct outer *outer)
{
  ISynchronize *event;

  CHECK_EQ(IUnknown_QueryInterface(outer->part, &IID_ISynchronize, (void **)&event), S_OK);
  return event;
}

static HRESULT WINAPI synchronize_wait(ISynchronize *synchronize, DWORD flags, DWORD timeout)
{
  ISynchronize *event = event_of(from_synchronize(synchronize));
  HRESULT result = ISynchronize_Wait(event, flags, timeout);

  ISynchronize_Release(event);
  return result;
}

static HRESULT WINAPI synchronize_signal(ISynchronize *synchronize)
{
  struct outer *outer = from_synchronize(synchronize);
  ISynchronize *event = event_of(outer);
  HRESULT result;

  CHECK_EQ(InterlockedIncrement(&outer->signals), outer->resets);
  result = ISynchronize_Signal(event);
  ISynchronize_Release(event);
  return result;
}

static HRESULT WINAPI synchronize_reset(ISynchronize *synchronize)
{
  struct outer *outer = from_synchronize(synchronize);
  ISynchronize *event = event_of(outer);
  HRESULT result = ISynchronize_Reset(event);

  ISynchronize_Release(event);
  InterlockedIncrement(&outer->resets);
  return result;
}

static ISynchronizeVtbl synchronize_table = {synchronize_query,   synchronize_add_ref,
                                             synchronize_release, synchronize_wait,
                                             synchronize_signal,  synchronize_reset};

static struct outer *new_outer(ICallFactory *factory, bool agile)
{
  struct outer *outer = calloc(1, sizeof(*outer));

  CHECK(outer);
  outer->unknown.lpVtbl = &unknown_table;
  outer->synchronize.lpVtbl = &synchronize_table;
  outer->references = 1;
  outer->agile = agile;
  InterlockedIncrement(&outers);
  CHECK_EQ(ICallFactory_CreateCall(factory, &IID_AsyncINumbers, &outer->unknown, &IID_IUnknown,
                                   &outer->part),
           S_OK);
  CHECK_EQ(IUnknown_QueryInterface(outer->part, &IID_AsyncINumbers, (void **)&outer->call),
           S_OK);
  AsyncINumbers_Release(outer->call);
  return outer;
}

/* ---- the races ---- */

struct life {
  struct life_server server;
  INumbers *numbers;
  struct outer *outers[BATCH];
};

static void open_life(struct life *life)
{
  ICallFactory *factory;

  life_server_export(&life->server);
  life->numbers = life_server_connect(&life->server);
  CHECK_EQ(INumbers_QueryInterface(life->numbers, &IID_ICallFactory, (void **)&factory), S_OK);
  for (int i = 0; i < BATCH; i++) {
    life->outers[i] = new_outer(factory, i % 2);
    CHECK_EQ(AsyncINumbers_Begin_Square(life->outers[i]->call, i), S_OK);
  }
  ICallFactory_Release(factory);
  held_object_wait(&life->server.object, BATCH);
  held_object_signal(&life->server.object, 0, BATCH_ANSWERED);
}

/* Those that are not agile go when the thread dispatches. */
static void close_life(struct life *life)
{
  MSG message;

  INumbers_Release(life->numbers);
  while (InterlockedCompareExchange(&outers, 0, 0)) {
    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
      DispatchMessageW(&message);
    SwitchToThread();
  }
  held_object_check_gone(&life->server.object);
}

static void signal_raced(void *context)
{
  held_object_signal(&((struct life *)context)->server.object, BATCH_ANSWERED, BATCH_RACED);
}

static void disconnect(void *context)
{
  life_server_disconnect(&((struct life *)context)->server);
}

/* S_OK and the square, or RPC_E_DISCONNECTED; then the outer object is let go. */
static bool finish(struct outer *outer, int i)
{
  LONG result = -1;
  HRESULT outcome = AsyncINumbers_Finish_Square(outer->call, &result);

  if (outcome == S_OK)
    CHECK_EQ(result, i * i);
  else
    CHECK_EQ(outcome, RPC_E_DISCONNECTED);
  IUnknown_Release(&outer->unknown);
  return outcome == S_OK;
}

static void count(struct race *race, int i, int outcome)
{
  if (i >= BATCH_ANSWERED && i < BATCH_RACED)
    race_count(race, outcome);
  else
    race_count_only(race, outcome);
}

static void outers_are_disconnected(enum apartment server, const char *name)
{
  static struct life life;
  struct race race;

  proxy_dll_register();
  race_begin(&race, name, "answered", "disconnected", race_rounds() / ROUNDS_SHARE);
  life_server_start(&life.server, server);
  while (race_goes_on(&race)) {
    open_life(&life);
    race_run(&race, signal_raced, disconnect, &life);
    for (int i = 0; i < BATCH; i++)
      count(&race, i, finish(life.outers[i], i) ? 0 : 1);
    held_object_signal(&life.server.object, BATCH_RACED, BATCH);
    close_life(&life);
  }
  life_server_end(&life.server);
  race_end(&race);
}

LIFE_TEST(calls_of_outer_objects_in_an_sta_are_disconnected, STA,
          outers_are_disconnected(MTA, "outer disconnected, STA"))
LIFE_TEST(calls_of_outer_objects_in_the_mta_are_disconnected, MTA,
          outers_are_disconnected(STA, "outer disconnected, MTA"))

/* Each is let go when its call is pending still, or over. */
static void let_go(void *context)
{
  struct life *life = context;

  for (int i = BATCH_ANSWERED; i < BATCH_RACED; i++)
    IUnknown_Release(&life->outers[i]->unknown);
}

static void outers_are_let_go(enum apartment server, const char *name)
{
  static struct life life;
  struct race race;

  proxy_dll_register();
  race_begin(&race, name, "let go", "finished", race_rounds() / ROUNDS_SHARE);
  life_server_start(&life.server, server);
  while (race_goes_on(&race)) {
    open_life(&life);
    race_run(&race, signal_raced, let_go, &life);
    for (int i = BATCH_ANSWERED; i < BATCH_RACED; i++)
      race_count_only(&race, 0);
    held_object_signal(&life.server.object, BATCH_RACED, BATCH);
    for (int i = 0; i < BATCH; i++) {
      if (i >= BATCH_ANSWERED && i < BATCH_RACED)
        continue;
      CHECK(finish(life.outers[i], i));
      race_count_only(&race, 1);
    }
    close_life(&life);
  }
  life_server_end(&life.server);
  race_end(&race);
}

LIFE_TEST(outer_objects_are_let_go_while_their_calls_are_signalled, MTA,
          outers_are_let_go(STA, "outer let go, MTA"))
