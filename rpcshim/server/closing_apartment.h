/*
 * An STA that ends: no call is dispatched to it any more, and its thread learns when those that
 * are being dispatched have come back.
 *
 * Which calls are for it says their object UUID, which is combase's IPID: Data2 is the number
 * of the STA's thread; that of IRemUnknown has 0xffff there, and the OXID behind, which ends in
 * that number. Guarded by the lock of object_calls.c, which calls nothing under it.
 */
#ifndef ASYNCSHIM_SERVER_CLOSING_APARTMENT_H
#define ASYNCSHIM_SERVER_CLOSING_APARTMENT_H

#include <stdbool.h>
#include <windows.h>

struct closing_apartment {
  struct closing_apartment *next; /* lock */
  DWORD thread;
  unsigned int calls; /* lock: being dispatched to it */
  HANDLE idle;        /* set when there are none */
};

/* On the thread `thread`, or for it. false: out of handles, and nothing has been done. */
bool closing_apartment_begin(struct closing_apartment *apartment, DWORD thread);
/* Calls may come to the thread's next apartment. Nothing to do where it has not begun. */
void closing_apartment_end(struct closing_apartment *apartment);

#endif
