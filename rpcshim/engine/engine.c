#include "engine.h"

void engine_free_allocations(MIDL_STUB_MESSAGE *message)
{
  struct engine_allocation *node = message->pMemoryList;

  message->pMemoryList = NULL;
  while (node && node->signature == ENGINE_ALLOCATION_SIGNATURE) {
    struct engine_allocation *next = node->next;

    message->pfnFree((char *)node - node->size);
    node = next;
  }
}
