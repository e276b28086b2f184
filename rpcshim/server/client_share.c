#include "client_share.h"

#include <rpc.h>
#include <stdlib.h>
#include <wchar.h>

#include "../workers/worker_pool.h"

#ifdef _WIN64
#define LIMIT_DEFAULT RPC_C_LISTEN_MAX_CALLS_DEFAULT
#else
#define LIMIT_DEFAULT 512 /* the stacks of twice as many fit into the address space */
#endif
/* Some are left to read, and for rundown and notification routines. */
#define LIMIT_MAX (WORKERS_LIMIT / 2 - 128)

#define KEY_SIZE 64

struct client_share {
  struct client_share *next;   /* lock */
  LONG references;             /* lock */
  struct client_share *parent; /* counted; of the address, for a group */
  const void *group;
  WCHAR key[KEY_SIZE];
  volatile LONG held; /* those of its groups included */
};

static SRWLOCK lock = SRWLOCK_INIT;
static struct client_share *clients;                /* lock */
static struct share_wait *first_wait;               /* lock */
static struct share_wait **last_wait = &first_wait; /* lock */
static volatile LONG waits;                         /* how many are in that list */
static volatile LONG total;                         /* of all clients */
static volatile LONG limit = LIMIT_DEFAULT;

/* ---- clients ---- */

/* lock held */
static struct client_share *find(const WCHAR *key, const void *group)
{
  struct client_share *share = clients;

  while (share && (share->group != group || wcscmp(share->key, key)))
    share = share->next;
  if (share)
    share->references++;
  return share;
}

/* lock held; takes over the reference on `parent`. */
static struct client_share *find_or_add(const WCHAR *key, const void *group,
                                        struct client_share *parent)
{
  struct client_share *share = find(key, group);

  if (share) {
    if (parent)
      parent->references--; /* the group has one */
    return share;
  }
  share = calloc(1, sizeof(*share));
  if (!share)
    return NULL;
  share->references = 1;
  share->parent = parent;
  share->group = group;
  wcscpy(share->key, key);
  share->next = clients;
  clients = share;
  return share;
}

/* lock held */
static void unreference(struct client_share *share)
{
  struct client_share **link = &clients, *parent = share->parent;

  if (--share->references)
    return;
  while (*link != share)
    link = &(*link)->next;
  *link = share->next;
  free(share);
  if (parent)
    unreference(parent);
}

struct client_share *client_share_of(DWORD process, const WCHAR *name, const void *group)
{
  struct client_share *client, *share;
  WCHAR key[KEY_SIZE];

  if (process)
    _snwprintf(key, KEY_SIZE, L"process %lu", process);
  else
    _snwprintf(key, KEY_SIZE, L"%ls", name);
  key[KEY_SIZE - 1] = 0;
  AcquireSRWLockExclusive(&lock);
  share = client = find_or_add(key, NULL, NULL);
  if (client && !process) {
    share = find_or_add(key, group, client);
    if (!share)
      unreference(client);
  }
  ReleaseSRWLockExclusive(&lock);
  return share;
}

void client_share_release(struct client_share *share)
{
  AcquireSRWLockExclusive(&lock);
  unreference(share);
  ReleaseSRWLockExclusive(&lock);
}

/* ---- counting ---- */

/* With these counts, the last one included: is that one allowed? `shared`: of the client, of
 * those that are to be had by all of its kind. */
static bool is_within(LONG held, LONG all, LONG shared)
{
  return held + all <= shared + 1;
}

/* `more`: counted on top of what there is. */
static bool is_allowed(const struct client_share *share, LONG all, LONG more, bool urgent)
{
  const struct client_share *client = share->parent ? share->parent : share;

  if (urgent)
    return all + more <= 2 * limit;
  return is_within(client->held + more, all + more, limit) &&
         (share == client || is_within(share->held + more, client->held + more, limit / 2));
}

bool client_share_is_used_up(const struct client_share *share)
{
  return !is_allowed(share, total, 1, false);
}

static void count_out(struct client_share *share)
{
  InterlockedDecrement(&share->held);
  if (share->parent)
    InterlockedDecrement(&share->parent->held);
  InterlockedDecrement(&total);
}

static bool count_in(struct client_share *share, bool urgent)
{
  LONG all;

  InterlockedIncrement(&share->held);
  if (share->parent)
    InterlockedIncrement(&share->parent->held);
  all = InterlockedIncrement(&total);
  if (is_allowed(share, all, 0, urgent))
    return true;
  count_out(share);
  return false;
}

/* Where the caller has the only one, there is nobody to wait for. */
static bool may_block(void)
{
  return worker_expect_blocking() || total <= 1;
}

/* ---- waiting ---- */

/* lock held */
static void enlist(struct share_wait *wait)
{
  wait->next = NULL;
  wait->waits = true;
  *last_wait = wait;
  last_wait = &wait->next;
}

/* lock held */
static void take_out(struct share_wait **link)
{
  struct share_wait *wait = *link;

  *link = wait->next;
  if (!*link)
    last_wait = link;
  wait->waits = false;
  InterlockedDecrement(&waits);
}

void share_wait_init(struct share_wait *wait, struct client_share *share,
                     completion_routine granted)
{
  wait->next = NULL;
  wait->waits = wait->urgent = false;
  wait->share = share;
  wait->granted.routine = granted;
}

/* Those that may go on now, in their order. */
static void grant(void)
{
  struct share_wait **link = &first_wait;

  AcquireSRWLockExclusive(&lock);
  while (*link) {
    struct share_wait *wait = *link;

    if (!count_in(wait->share, wait->urgent)) {
      link = &wait->next;
      continue;
    }
    take_out(link);
    if (completion_port_post(&wait->granted)) {
      /* Out of memory: it stays, until somebody gives back again. */
      count_out(wait->share);
      InterlockedIncrement(&waits);
      enlist(wait);
      break;
    }
  }
  ReleaseSRWLockExclusive(&lock);
}

static bool wait_for_share(struct share_wait *wait, bool try_again)
{
  bool taken;

  AcquireSRWLockExclusive(&lock);
  InterlockedIncrement(&waits); /* from here on who gives back looks at the list */
  taken = try_again && count_in(wait->share, wait->urgent);
  if (taken)
    InterlockedDecrement(&waits);
  else
    enlist(wait);
  ReleaseSRWLockExclusive(&lock);
  return taken;
}

bool client_share_take(struct share_wait *wait, bool urgent)
{
  wait->urgent = urgent;
  if (!count_in(wait->share, urgent) && !wait_for_share(wait, true))
    return false;
  return client_share_confirm(wait);
}

bool client_share_confirm(struct share_wait *wait)
{
  if (may_block())
    return true;
  count_out(wait->share);
  return wait_for_share(wait, false);
}

void client_share_give(struct client_share *share)
{
  count_out(share);
  if (waits)
    grant();
}

bool client_share_withdraw(struct share_wait *wait)
{
  struct share_wait **link = &first_wait;
  bool waited;

  AcquireSRWLockExclusive(&lock);
  waited = wait->waits;
  if (waited) {
    while (*link != wait)
      link = &(*link)->next;
    take_out(link);
  }
  ReleaseSRWLockExclusive(&lock);
  return waited;
}

void client_share_raise_limit(unsigned int max_calls)
{
  LONG wanted = max_calls < LIMIT_MAX ? (LONG)max_calls : LIMIT_MAX;
  LONG now = limit;

  if (max_calls == RPC_C_LISTEN_MAX_CALLS_DEFAULT) /* a name for LIMIT_DEFAULT, no number */
    return;
  while (now < wanted) {
    LONG seen = InterlockedCompareExchange(&limit, wanted, now);
    if (seen == now)
      break;
    now = seen;
  }
}

LONG client_share_limit(void)
{
  return limit;
}
