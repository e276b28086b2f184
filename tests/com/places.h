/*
 * Calls between two places, in every manner: a synchronous and an asynchronous client, an
 * object whose calls are processed synchronously, and by Begin_ and Finish_.
 */
#ifndef ASYNCSHIM_TESTS_PLACES_H
#define ASYNCSHIM_TESTS_PLACES_H

#include "apartment.h"

/* An object in the caller's apartment, and a client in another one. */
void places_call_from(enum apartment client);

/*
 * An object in an apartment of another process, and the client is the caller. `program`: of
 * that process, which is linked with this file, too; NULL: this program.
 */
void places_call_process(enum apartment server, const char *program);

#endif
