/* The allocator of the proxies and stubs of COM's interfaces. */
#include "engine.h"
#include "stack_budget.h"

/*
 * NULL: out of memory, or of stack: Wine's own interpreter unmarshals the calls of interfaces,
 * and asks here for each pointee.
 */
void *RPC_ENTRY NdrOleAllocate(size_t size)
{
  return stack_is_low() ? NULL : engine.NdrOleAllocate(size);
}
