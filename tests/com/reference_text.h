/*
 * References to objects as hexadecimal digits, for a helper's line of text.
 */
#ifndef ASYNCSHIM_TESTS_REFERENCE_TEXT_H
#define ASYNCSHIM_TESTS_REFERENCE_TEXT_H

#include <windows.h>
#include <objbase.h>

/* Of the caller's apartment, with one reference in the text. */
void reference_to_text(REFIID iid, IUnknown *object, char *text, size_t size);
/* Takes it: an interface pointer in the caller's apartment. */
void *reference_from_text(REFIID iid, const char *text);

#endif
