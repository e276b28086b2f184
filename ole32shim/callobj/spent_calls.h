/*
 * Call objects whose Finish_Release has been called.
 *
 * On Windows Finish_Release takes a reference of the call object itself with it: its owner
 * gives up the pointer without Release (Chen, "COM asynchronous interfaces", part 9). By COM's
 * own rules it would be released. Programs of both kinds must work. So such an object is spent:
 * it has one reference less, and where that was the last one it waits here for the Release that
 * may still come. Nothing of the server is kept for it. Of those for which none comes only the
 * last SPENT_CALLS are there.
 *
 * `lock` guards the ring; no object ends under it. Any thread.
 */
#ifndef ASYNCSHIM_OLE32_SPENT_CALLS_H
#define ASYNCSHIM_OLE32_SPENT_CALLS_H

#include <stdbool.h>

#define SPENT_CALLS 1024

struct spent_call {
  void (*end)(struct spent_call *call);
  unsigned int place; /* lock: in the ring, from 1 on; 0: none */
  bool released;      /* lock: before it was there */
};

/* It waits, for end() or spent_calls_remove(); where that has been called already, by another
 * thread, end() is called at once. All zeros before. */
void spent_calls_add(struct spent_call *call, void (*end)(struct spent_call *call));
/* It has been released after all. true: the caller ends it; false: end() is, or will be, called
 * for it. */
bool spent_calls_remove(struct spent_call *call);

#endif
