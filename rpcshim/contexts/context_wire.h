/*
 * A context handle on the wire, C706 ndr_context_handle: attributes, which are 0, and the UUID
 * that the server gave it. All zeros: no context.
 */
#ifndef ASYNCSHIM_CONTEXTS_CONTEXT_WIRE_H
#define ASYNCSHIM_CONTEXTS_CONTEXT_WIRE_H

#include <stdbool.h>
#include <string.h>

#define CONTEXT_WIRE_SIZE 20

static inline bool context_wire_is_nil(const unsigned char wire[CONTEXT_WIRE_SIZE])
{
  static const unsigned char nil[CONTEXT_WIRE_SIZE];

  return memcmp(wire, nil, CONTEXT_WIRE_SIZE) == 0;
}

#endif
