/*
 * What our ole32.dll asks our rpcrt4.dll for, to come back to an apartment: a table that the
 * function of this name, exported besides Windows' own, returns. It never changes. Any thread.
 *
 * It is apartment.h; what is said there of threads, tasks and ends holds.
 */
#ifndef ASYNCSHIM_COM_COM_APARTMENTS_H
#define ASYNCSHIM_COM_COM_APARTMENTS_H

#include "apartment.h"

#define COM_APARTMENTS_FUNCTION "AsyncshimComApartments"

struct com_apartments {
  HRESULT (*current)(struct apartment **apartment);
  void (*add_reference)(struct apartment *apartment);
  void (*release)(struct apartment *apartment);
  void (*run)(struct apartment *apartment, struct apartment_task *task);
  bool (*at_end)(struct apartment *apartment, struct apartment_task *task);
  bool (*not_at_end)(struct apartment *apartment, struct apartment_task *task);
};

typedef const struct com_apartments *(WINAPI *com_apartments_function)(void);

#endif
