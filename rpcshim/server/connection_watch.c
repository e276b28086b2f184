#include "connection_watch.h"

#include <wchar.h>

#include "../transport/peer_limits.h"
#include "../workers/timer.h"
#include "server_connection.h"

#define BIND_PART    10 /* of the time-out */
#define UNBOUND_PART 16 /* of the connections */
#define SWEEPS       40 /* in a time-out: how exact it is */

static void sweep(struct timer *timer);

/* In the order of arrival. */
struct connection_list {
  struct watched_connection *first;
  struct watched_connection *last;
  unsigned long count;
};

static struct {
  SRWLOCK lock; /* guards all below */
  struct connection_list unbound;
  struct connection_list bound;
  bool sweeping; /* the timer is armed, or its routine runs */
  struct timer timer;
} watch = {.timer = {.routine = sweep}};

static struct server_connection *connection_of(struct watched_connection *watched)
{
  return CONTAINING_RECORD(watched, struct server_connection, watched);
}

/* ---- lists; lock held ---- */

static void put_in(struct connection_list *list, struct watched_connection *watched)
{
  watched->next = NULL;
  watched->previous = list->last;
  if (list->last)
    list->last->next = watched;
  else
    list->first = watched;
  list->last = watched;
  list->count++;
}

static void take_out(struct connection_list *list, struct watched_connection *watched)
{
  if (watched->previous)
    watched->previous->next = watched->next;
  else
    list->first = watched->next;
  if (watched->next)
    watched->next->previous = watched->previous;
  else
    list->last = watched->previous;
  list->count--;
}

static struct connection_list *list_of(const struct watched_connection *watched)
{
  return watched->bound ? &watch.bound : &watch.unbound;
}

/* Where there is no timer to be had, the next connection tries again. */
static void arm(void)
{
  watch.sweeping = !timer_arm(&watch.timer, deadline_after(peer_limits()->timeout_ms / SWEEPS));
}

static void evict(struct watched_connection *watched)
{
  stream_cancel(&connection_of(watched)->stream);
}

/* ---- coming, binding, going ---- */

void connection_watch_enter(struct server_connection *connection)
{
  struct watched_connection *watched = &connection->watched;

  AcquireSRWLockExclusive(&watch.lock);
  watched->since = GetTickCount64();
  watched->listed = true;
  if (watch.unbound.first && watch.unbound.count >= peer_limits()->connections / UNBOUND_PART) {
    struct watched_connection *oldest = watch.unbound.first;
    take_out(&watch.unbound, oldest);
    oldest->listed = false;
    evict(oldest);
  }
  put_in(&watch.unbound, watched);
  if (!watch.sweeping)
    arm();
  ReleaseSRWLockExclusive(&watch.lock);
}

/* Lock held. */
static unsigned long count_of_client(const struct server_connection *connection)
{
  unsigned long count = 0;

  for (struct watched_connection *entry = watch.bound.first; entry; entry = entry->next) {
    const struct server_connection *other = connection_of(entry);

    count += other->client_process == connection->client_process &&
             !wcscmp(other->peer_name, connection->peer_name);
  }
  return count;
}

bool connection_watch_bind(struct server_connection *connection)
{
  struct watched_connection *watched = &connection->watched;
  unsigned long limit = peer_limits()->connections;
  unsigned long count;
  bool room = true;

  AcquireSRWLockExclusive(&watch.lock);
  count = watch.bound.count;
  /* Below half of the limit any client is; counting is for when it matters. */
  if (count >= limit / 2)
    room = count < limit && count_of_client(connection) < limit - count;
  if (room && watched->listed) {
    take_out(&watch.unbound, watched);
    watched->bound = true;
    put_in(&watch.bound, watched);
  }
  ReleaseSRWLockExclusive(&watch.lock);
  return room;
}

void connection_watch_leave(struct server_connection *connection)
{
  struct watched_connection *watched = &connection->watched;

  AcquireSRWLockExclusive(&watch.lock);
  if (watched->listed)
    take_out(list_of(watched), watched);
  watched->listed = false;
  ReleaseSRWLockExclusive(&watch.lock);
}

void connection_watch_unfinished(void)
{
  AcquireSRWLockExclusive(&watch.lock);
  if (!watch.sweeping)
    arm();
  ReleaseSRWLockExclusive(&watch.lock);
}

/* ---- sweeping; lock held ---- */

static bool is_before(ULONGLONG since, ULONGLONG now, ULONGLONG ms)
{
  return now - since >= ms;
}

/* false: none is unbound. */
static bool sweep_unbound(ULONGLONG now)
{
  ULONGLONG ms = peer_limits()->timeout_ms / BIND_PART;

  for (struct watched_connection *entry = watch.unbound.first;
       entry && is_before(entry->since, now, ms); entry = entry->next)
    evict(entry);
  return watch.unbound.first != NULL;
}

/* false: none has anything unfinished. */
static bool sweep_bound(ULONGLONG now)
{
  bool any = false;

  for (struct watched_connection *entry = watch.bound.first; entry; entry = entry->next) {
    ULONGLONG since = server_connection_unfinished_since(connection_of(entry));

    any |= since != 0;
    if (since && is_before(since, now, peer_limits()->timeout_ms))
      evict(entry);
  }
  return any;
}

static void sweep(struct timer *timer)
{
  ULONGLONG now = GetTickCount64();
  bool unbound;
  bool unfinished;

  (void)timer;
  AcquireSRWLockExclusive(&watch.lock);
  unbound = sweep_unbound(now);
  unfinished = sweep_bound(now);
  if (unbound || unfinished)
    arm();
  else
    watch.sweeping = false;
  ReleaseSRWLockExclusive(&watch.lock);
}
