/* References of COM objects as lines of text, for another process. */
#ifndef ASYNCSHIM_TESTS_REFERENCE_TEXT_H
#define ASYNCSHIM_TESTS_REFERENCE_TEXT_H

#include <objbase.h>

/* As hexadecimal digits, once to be unmarshalled. */
void reference_to_text(REFIID iid, IUnknown *object, char *text, size_t size);
void *reference_from_text(REFIID iid, const char *text);

#endif
