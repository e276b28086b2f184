#include "thread_leftovers.h"

#include <stdlib.h>

#include "thread_state.h"

void thread_leftovers_add(void *object, void (*release)(void *object))
{
  struct thread_state *state = thread_state_get();
  struct thread_leftover *leftover = state ? malloc(sizeof(*leftover)) : NULL;

  if (!leftover)
    return;
  *leftover = (struct thread_leftover){state->leftovers, object, release};
  state->leftovers = leftover;
}

/* One by one: release() may add others, and come here. */
void thread_leftovers_release(void)
{
  struct thread_state *state = thread_state_get();
  struct thread_leftover *leftover;

  while (state && (leftover = state->leftovers)) {
    struct thread_leftover first = *leftover;

    state->leftovers = first.next;
    free(leftover);
    first.release(first.object);
  }
}
