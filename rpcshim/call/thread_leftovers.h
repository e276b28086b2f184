/*
 * Objects that a thread has to let go of, and cannot where it is, because a lock is held there:
 * they are released when it next makes a call, or has served one.
 *
 * A list of each thread's own, in its thread_state: no lock. A thread that ends with objects in
 * it leaves them alone: nothing may be called then.
 */
#ifndef ASYNCSHIM_CALL_THREAD_LEFTOVERS_H
#define ASYNCSHIM_CALL_THREAD_LEFTOVERS_H

/* Of the calling thread; without memory the object stays as it is. */
void thread_leftovers_add(void *object, void (*release)(void *object));
/* Where no lock is held: calls release(object) for each. */
void thread_leftovers_release(void);

#endif
