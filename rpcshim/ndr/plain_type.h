/*
 * Types that are nothing but memory.
 *
 * Freeing such a type calls the application's pfnFree and nothing else: no interface pointer is
 * released, no routine of [user_marshal], [transmit_as] or [represent_as] runs, and nothing in
 * it is the manager routine's to keep ([allocate(dont_free)]).
 */
#ifndef ASYNCSHIM_NDR_PLAIN_TYPE_H
#define ASYNCSHIM_NDR_PLAIN_TYPE_H

#include <stdbool.h>

#include "format.h"

/* false also for types that are not known here, or too deep to tell. */
bool type_is_plain(const MIDL_STUB_MESSAGE *message, PFORMAT_STRING format);

#endif
