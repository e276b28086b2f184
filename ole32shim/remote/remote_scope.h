/*
 * What becomes of the calls that combase's proxy managers make of IRemUnknown on this thread,
 * while a scope is entered.
 *
 * A proxy manager does what it can without the server, and calls IRemUnknown for the rest: for
 * an interface that it does not have, and for the references that it gives back in the end. It
 * offers no way to do without. So whoever wants the first part alone enters a scope around it:
 *
 *   REMOTE_SCOPE_LOCAL    RemQueryInterface and RemAddRef are refused at once; where the call
 * would have gone stays in the scope. REMOTE_SCOPE_COLLECT  as that, and what RemRelease would
 * have given back stays in the scope.
 *
 * Scopes of a thread nest; the innermost counts. A scope belongs to the function that has it on
 * its stack, and nothing is dispatched in it. No lock.
 */
#ifndef ASYNCSHIM_OLE32_REMOTE_SCOPE_H
#define ASYNCSHIM_OLE32_REMOTE_SCOPE_H

#include <stdbool.h>
#include <windows.h>
#include <objbase.h>

#include "object_exporter.h"

enum remote_scope_kind { REMOTE_SCOPE_LOCAL, REMOTE_SCOPE_COLLECT };

struct remote_scope {
  enum remote_scope_kind kind;
  struct remote_scope *former;

  bool asked;    /* the server would have been asked: the next two say whom */
  uint64_t oxid; /* the object's exporter */
  GUID ipid;     /* an interface of the object */

  struct interface_reference *releases; /* malloc'ed: the caller's to free */
  size_t release_count;
};

/* false: the process has no thread-local slot left, and nothing is entered. */
bool remote_scope_enter(struct remote_scope *scope, enum remote_scope_kind kind);
void remote_scope_leave(struct remote_scope *scope);

/* The innermost of this thread; NULL: none. */
struct remote_scope *remote_scope_current(void);
/* Adds to `releases`. false: out of memory. */
bool remote_scope_collect(struct remote_scope *scope,
                          const struct interface_reference *references, size_t count);

#endif
