/*
 * What clients of numbers.idl do: calls with every kind of argument, and references for another
 * process.
 */
#ifndef ASYNCSHIM_TESTS_NUMBERS_CALLS_H
#define ASYNCSHIM_TESTS_NUMBERS_CALLS_H

#include "apartment.h"
#include "numbers.h"

/* Each method of INumbers and of the others; Nothing once. CHECKs what comes back. */
void numbers_call_everything(INumbers *numbers);

/* By a call object of the proxy's ICallFactory: each method of INumbers, Nothing once. */
#define NUMBERS_ASYNCHRONOUS_CALLS 7
void numbers_call_everything_asynchronously(INumbers *numbers);
/* Such a call object. */
AsyncINumbers *numbers_new_call(INumbers *numbers);
/* Square, by a call object of that factory. */
void numbers_call_square(ICallFactory *factory);

/* A reference as hexadecimal digits, for a helper's line of text. */
void numbers_to_text(IUnknown *object, char *text, size_t size);
INumbers *numbers_from_text(const char *text);

#endif
