/*
 * Timers: a routine called once, at a deadline, unless it is disarmed before.
 *
 * All armed timers are in one heap under one lock. One thread waits for the earliest of them;
 * it is started when there is something to wait for, ends TIMER_IDLE_MS after the last of it,
 * and is woken only for a deadline earlier than the one it waits for. So arming and disarming
 * cost no server entry where deadlines mostly lie behind those that are armed already, as those
 * of calls do.
 *
 * A timer is embedded into what it belongs to. Whoever arms it keeps that alive (takes a
 * reference) until either timer_disarm() has said true or the routine has been called.
 * Routines run on the timer's thread, without the lock, one after the other: they may arm and
 * disarm timers, but must neither wait nor run application code.
 */
#ifndef ASYNCSHIM_WORKERS_TIMER_H
#define ASYNCSHIM_WORKERS_TIMER_H

#include <stdbool.h>

#include "deadline.h"

struct timer;
typedef void (*timer_routine)(struct timer *timer);

struct timer {
  timer_routine routine;
  ULONGLONG deadline;
  size_t place; /* in the heap, counted from 1; 0: not armed */
};

/* Zeroed memory does as well, once `routine` is set. */
void timer_init(struct timer *timer, timer_routine routine);

/* Not armed now. Any thread, also under locks that no routine takes while it arms or disarms.
 * Win32 code: 0, ERROR_OUTOFMEMORY, why there is no thread. */
DWORD timer_arm(struct timer *timer, ULONGLONG deadline);

/* true: it was armed, and its routine will not be called. false: it was not armed, or the
 * routine runs at this moment, or has. Any thread. */
bool timer_disarm(struct timer *timer);

#endif
