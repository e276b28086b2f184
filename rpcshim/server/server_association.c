#include "server_association.h"

#include <ntsecapi.h>
#include <stdbool.h>
#include <stdlib.h>
#include <wchar.h>

#include "../workers/worker_pool.h"
#include "context_host.h"

static SRWLOCK lock = SRWLOCK_INIT;
static struct server_association *list;

static bool is_of(const struct server_association *association, const struct client_key *client)
{
  return association->endpoint == client->endpoint && association->process == client->process &&
         !wcscmp(association->address, client->address);
}

/* lock held */
static struct server_association *find(uint32_t group_id)
{
  struct server_association *association = list;

  while (association && association->group_id != group_id)
    association = association->next;
  return association;
}

/* Not 0, which asks for a new group, and of no other group. false: there is no randomness to be
 * had. Lock held. */
static bool choose_id(uint32_t *group_id)
{
  do {
    if (!RtlGenRandom(group_id, sizeof(*group_id)))
      return false;
  } while (!*group_id || find(*group_id));
  return true;
}

/* lock held */
static struct server_association *create(const struct client_key *client)
{
  struct server_association *association = calloc(1, sizeof(*association));

  if (!association)
    return NULL;
  association->contexts = context_table_create(&server_context_host);
  if (!association->contexts || !choose_id(&association->group_id)) {
    if (association->contexts)
      context_table_rundown_and_release(association->contexts); /* it is empty */
    free(association);
    return NULL;
  }
  association->endpoint = client->endpoint;
  association->process = client->process;
  wcsncpy(association->address, client->address, ARRAYSIZE(association->address) - 1);
  association->next = list;
  list = association;
  return association;
}

RPC_STATUS server_association_join(const struct client_key *client, uint32_t group_id,
                                   struct server_association **result)
{
  struct server_association *association;
  RPC_STATUS status = RPC_S_OK;

  AcquireSRWLockExclusive(&lock);
  association = group_id ? find(group_id) : create(client);
  if (!association)
    status = group_id ? RPC_S_INVALID_BINDING : RPC_S_OUT_OF_MEMORY;
  else if (!is_of(association, client))
    status = RPC_S_INVALID_BINDING;
  if (status == RPC_S_OK) {
    association->references++;
    association->connections++;
    *result = association;
  }
  ReleaseSRWLockExclusive(&lock);
  return status;
}

void server_association_leave(struct server_association *association)
{
  AcquireSRWLockExclusive(&lock);
  if (!--association->connections) {
    struct server_association **link = &list;
    while (*link != association)
      link = &(*link)->next;
    *link = association->next;
  }
  ReleaseSRWLockExclusive(&lock);
}

void server_association_add_reference(struct server_association *association)
{
  AcquireSRWLockExclusive(&lock);
  association->references++;
  ReleaseSRWLockExclusive(&lock);
}

void server_association_release(struct server_association *association)
{
  bool last;

  AcquireSRWLockExclusive(&lock);
  last = !--association->references;
  ReleaseSRWLockExclusive(&lock);
  if (!last)
    return;
  worker_expect_blocking(); /* for rundown routines */
  context_table_rundown_and_release(association->contexts);
  free(association);
}

void server_association_end_contexts(const struct server_interface *owner)
{
  struct server_context *taken = NULL;

  AcquireSRWLockExclusive(&lock);
  for (struct server_association *association = list; association;
       association = association->next)
    context_table_take_out(association->contexts, owner, &taken);
  ReleaseSRWLockExclusive(&lock);
  context_table_run_down(taken);
}
