#include "server_association.h"

#include <stdlib.h>

#include "../contexts/context_table.h"
#include "../workers/completion_port.h"
#include "running_call.h"

static SRWLOCK lock = SRWLOCK_INIT;
static struct server_association *list;
static uint32_t last_group_id;

static struct server_association *create(const struct server_endpoint *endpoint)
{
  struct server_association *association = calloc(1, sizeof(*association));

  if (!association)
    return NULL;
  association->contexts = context_table_create(server_call_waits);
  if (!association->contexts) {
    free(association);
    return NULL;
  }
  if (!++last_group_id)
    ++last_group_id; /* 0 asks for a new group */
  association->group_id = last_group_id;
  association->endpoint = endpoint;
  association->next = list;
  list = association;
  return association;
}

struct server_association *server_association_get(const struct server_endpoint *endpoint,
                                                  uint32_t group_id)
{
  struct server_association *association = NULL;

  AcquireSRWLockExclusive(&lock);
  if (group_id)
    for (association = list; association; association = association->next)
      if (association->group_id == group_id && association->endpoint == endpoint)
        break;
  if (!association)
    association = create(endpoint);
  if (association)
    association->references++;
  ReleaseSRWLockExclusive(&lock);
  return association;
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
  if (last) {
    struct server_association **link = &list;
    while (*link != association)
      link = &(*link)->next;
    *link = association->next;
  }
  ReleaseSRWLockExclusive(&lock);
  if (!last)
    return;
  completion_port_expect_blocking(); /* for rundown routines */
  context_table_rundown_and_release(association->contexts);
  free(association);
}
