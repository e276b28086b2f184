#include "async_state.h"

#include <stdlib.h>

struct resting_state {
  RPC_ASYNC_STATE state; /* first: it is what the application's pointer points to */
  struct resting_state *next;
};

static SRWLOCK lock = SRWLOCK_INIT;
static struct resting_state *oldest; /* lock */
static struct resting_state *newest; /* lock */
static unsigned int resting;         /* lock */

RPC_ASYNC_STATE *async_state_create(void)
{
  struct resting_state *created = calloc(1, sizeof(*created));

  if (!created)
    return NULL;
  RpcAsyncInitializeHandle(&created->state, sizeof(created->state));
  return &created->state;
}

void async_state_retire(RPC_ASYNC_STATE *state)
{
  struct resting_state *retired = (struct resting_state *)state;
  struct resting_state *rested = NULL;

  memset(state, 0, sizeof(*state));
  AcquireSRWLockExclusive(&lock);
  if (newest)
    newest->next = retired;
  else
    oldest = retired;
  newest = retired;
  if (++resting > ASYNC_STATES_AT_REST) {
    rested = oldest;
    oldest = rested->next;
    resting--;
  }
  ReleaseSRWLockExclusive(&lock);
  free(rested);
}
