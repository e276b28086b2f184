/*
 * What a server's method has set with SetErrorInfo, as it goes with the reply to its call.
 *
 * The object is the thread's and the call's: taken away when the method has returned, sent by
 * value where the server's object says that its interface has error information, and dropped
 * where it does not. Texts beyond ERROR_TEXT_LIMIT are cut off. Any thread; com_library_load()
 * has succeeded.
 */
#ifndef ASYNCSHIM_COM_ERROR_REPLY_H
#define ASYNCSHIM_COM_ERROR_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>
#include <objbase.h>
#include <oleauto.h>

struct error_reply {
  void *data; /* of the extension, malloc'ed; NULL: there is none */
  size_t length;
};

/* Whether the object says so: ISupportErrorInfo. In its apartment. */
bool error_reply_is_supported(IUnknown *object, REFIID iid);

/*
 * `error` (NULL: none) as an extension; its reference is given up. Where memory runs out there
 * is none. Calls the object's methods.
 */
void error_reply_create(struct error_reply *reply, IErrorInfo *error);
void error_reply_destroy(struct error_reply *reply);

#endif
