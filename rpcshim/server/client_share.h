/*
 * How many workers the calls of one client may keep from everybody else.
 *
 * A manager routine keeps its worker until it returns. All that are inside share one number of
 * workers (client_share_limit), and one client may have as many as are still free: half of all
 * when it is alone, a third when two ask for all they can get, so that some are always left for
 * the next one. On pipes a client is a process. On TCP it is an address, and the association
 * groups of one address share what that may have in the same way: a quarter of all for one that
 * is alone. What is beyond that waits, in the connection's queue or, resumed, by itself, and
 * goes on in the order of arrival when a worker comes back. Nothing is refused here.
 *
 * Calls to COM's objects may have up to twice the number, whoever makes them: an apartment that
 * waits for its own call to be answered may have to be called for that, and processes do so of
 * each other. And nobody, unless he is the only one, enters a routine where no worker is left
 * that waits (worker_pool.h): one that does not run application code is always there to read.
 *
 * Counts are interlocked; one lock guards the list of clients and that of who waits, and
 * nothing is called under it but the port.
 */
#ifndef ASYNCSHIM_SERVER_CLIENT_SHARE_H
#define ASYNCSHIM_SERVER_CLIENT_SHARE_H

#include <stdbool.h>

#include "../workers/completion_port.h"

struct client_share;

/* Of a client, with a reference: by its process here, or, where that is 0, by `name` and
 * `group`, which is compared only. NULL: out of memory. */
struct client_share *client_share_of(DWORD process, const WCHAR *name, const void *group);
void client_share_release(struct client_share *share);

/* Embedded into what needs a worker's time. */
struct share_wait {
  struct share_wait *next; /* the lock, like the next one */
  bool waits;
  bool urgent;
  struct client_share *share;
  struct completion granted; /* comes to the port with what was waited for */
};

/* `granted` is called after client_share_take() has said false; `share` is kept alive by the
 * caller. */
void share_wait_init(struct share_wait *wait, struct client_share *share,
                     completion_routine granted);

/* Could the client have one more, of those that it shares? A hint. */
bool client_share_is_used_up(const struct client_share *share);
/* One worker for a routine, to be given back. false: not now, `granted` brings it. `urgent`: of
 * COM's. */
bool client_share_take(struct share_wait *wait, bool urgent);
/* In `granted`: there is a worker left that waits, too. false: not now, `granted` comes again.
 */
bool client_share_confirm(struct share_wait *wait);
/* Any thread. */
void client_share_give(struct client_share *share);
/* true: it waited, and waits no more. */
bool client_share_withdraw(struct share_wait *wait);

/* RpcServerListen's MaxCalls: the number is not less, and never sinks.
 * RPC_C_LISTEN_MAX_CALLS_DEFAULT asks for nothing. */
void client_share_raise_limit(unsigned int max_calls);
LONG client_share_limit(void);

#endif
