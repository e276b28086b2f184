#include "remote_scope.h"

#include <stdlib.h>
#include <string.h>

#include "../filter/thread_slot.h"

static struct thread_slot slot;

bool remote_scope_enter(struct remote_scope *scope, enum remote_scope_kind kind)
{
  *scope = (struct remote_scope){.kind = kind, .former = remote_scope_current()};
  return thread_slot_set(&slot, scope);
}

void remote_scope_leave(struct remote_scope *scope)
{
  thread_slot_set(&slot, scope->former);
}

struct remote_scope *remote_scope_current(void)
{
  return thread_slot_get(&slot);
}

bool remote_scope_collect(struct remote_scope *scope,
                          const struct interface_reference *references, size_t count)
{
  struct interface_reference *grown;

  if (count > SIZE_MAX / sizeof(*grown) - scope->release_count)
    return false;
  grown = realloc(scope->releases, (scope->release_count + count) * sizeof(*grown));
  if (!grown)
    return false;
  memcpy(grown + scope->release_count, references, count * sizeof(*grown));
  scope->releases = grown;
  scope->release_count += count;
  return true;
}
