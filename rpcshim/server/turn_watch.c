#include "turn_watch.h"

#include <windows.h>

#include "../workers/timer.h"

#define SWEEP_MS     15
#define WATCH_SWEEPS 3  /* after this many a routine blocks: two to three times SWEEP_MS */
#define SWEEPS_KEPT  20 /* sweeps that find nothing, before the timer rests */

static void sweep(struct timer *timer);

static struct {
  SRWLOCK lock; /* guards all below */
  struct watched_turn *list;
  bool sweeping; /* the timer is armed, or its routine runs */
  unsigned int idle_sweeps;
  struct timer timer;
} watch = {.timer = {.routine = sweep}};

/* lock held */
static void take_out(struct watched_turn *watched)
{
  *watched->link = watched->next;
  if (watched->next)
    watched->next->link = watched->link;
  watched->link = NULL;
}

/* lock held. Where there is no timer to be had, the next routine tries again. */
static void arm(void)
{
  watch.sweeping = !timer_arm(&watch.timer, deadline_after(SWEEP_MS));
}

void watched_turn_begin(struct watched_turn *watched, turn_blocks_routine blocks,
                        struct server_connection *connection, unsigned int turn)
{
  if (watched->watched)
    return;
  watched->watched = true;
  watched->blocks = blocks;
  watched->connection = connection;
  watched->turn = turn;
  watched->sweeps = 0;
  AcquireSRWLockExclusive(&watch.lock);
  watched->next = watch.list;
  watched->link = &watch.list;
  if (watched->next)
    watched->next->link = &watched->next;
  watch.list = watched;
  if (!watch.sweeping)
    arm();
  ReleaseSRWLockExclusive(&watch.lock);
}

void watched_turn_end(struct watched_turn *watched)
{
  if (!watched->watched)
    return;
  AcquireSRWLockExclusive(&watch.lock);
  if (watched->link)
    take_out(watched);
  ReleaseSRWLockExclusive(&watch.lock);
}

/* One more sweep for each; lock held, which keeps their calls, and so the connections, alive.
 */
static void sweep_list(void)
{
  struct watched_turn *next;

  for (struct watched_turn *entry = watch.list; entry; entry = next) {
    next = entry->next;
    if (++entry->sweeps < WATCH_SWEEPS)
      continue;
    take_out(entry);
    entry->blocks(entry->connection, entry->turn);
  }
}

static void sweep(struct timer *timer)
{
  (void)timer;
  AcquireSRWLockExclusive(&watch.lock);
  watch.idle_sweeps = watch.list ? 0 : watch.idle_sweeps + 1;
  sweep_list();
  if (watch.idle_sweeps < SWEEPS_KEPT) {
    arm();
  } else {
    watch.sweeping = false;
    watch.idle_sweeps = 0;
  }
  ReleaseSRWLockExclusive(&watch.lock);
}
