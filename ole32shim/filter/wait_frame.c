#include "wait_frame.h"

#include "../runtime/runtime.h"
#include "thread_slot.h"

static struct thread_slot slot;

void wait_frame_enter(struct wait_frame *frame)
{
  const struct com_cancels *cancels = com_cancels_get();

  frame->outer = thread_slot_get(&slot);
  frame->number = cancels ? cancels->last_number() : 0;
  thread_slot_set(&slot, frame);
}

void wait_frame_leave(struct wait_frame *frame)
{
  thread_slot_set(&slot, frame->outer);
}

const struct wait_frame *wait_frame_innermost(void)
{
  return thread_slot_get(&slot);
}
