/*
 * Two members of MIDL_STUB_MESSAGE that MinGW-w64's header (which follows the Windows Server
 * 2003 SDK) and Wine's (later SDKs) name differently. Same layout: only the names are missing.
 */
#ifndef ASYNCSHIM_NDR_STUB_MESSAGE_H
#define ASYNCSHIM_NDR_STUB_MESSAGE_H

#include <stdbool.h>
#include <windows.h>
#include <rpc.h>
#include <rpcndr.h>

/*
 * CorrDespIncrement: bytes that each correlation descriptor has besides the first 4. MinGW-w64
 * has the byte as fBufferValid.
 */
static inline unsigned char stub_correlation_increment(const MIDL_STUB_MESSAGE *message)
{
  return message->fBufferValid;
}

static inline void stub_set_correlation_increment(MIDL_STUB_MESSAGE *message,
                                                  unsigned char bytes)
{
  message->fBufferValid = bytes;
}

/*
 * The bit fBufferValid: RpcMsg has a buffer to be freed. Bit 9 of the bit field, which is bit 1
 * of what MinGW-w64 has as fUnused. NdrClientInitializeNew clears it.
 */
#define STUB_BUFFER_VALID 0x02

static inline bool stub_has_buffer(const MIDL_STUB_MESSAGE *message)
{
  return message->fUnused & STUB_BUFFER_VALID;
}

static inline void stub_set_has_buffer(MIDL_STUB_MESSAGE *message, bool has)
{
  if (has)
    message->fUnused |= STUB_BUFFER_VALID;
  else
    message->fUnused &= ~STUB_BUFFER_VALID;
}

#endif
