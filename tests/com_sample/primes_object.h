/* The server's objects: primes_object.c. */
#ifndef PRIMES_OBJECT_H
#define PRIMES_OBJECT_H

#include <windows.h>

/* A new object with IPrimes and ICallFactory. */
HRESULT primes_object_create(REFIID iid, void **object);

/* The last object has gone: the program may end. In primes_server.c. */
void server_is_free(void);

#endif
