#include "call_state.h"

HRESULT call_state_result(RPC_STATUS status)
{
  switch (status) {
  case RPC_S_CALL_CANCELLED:
    return RPC_E_CALL_CANCELED;
  case RPC_S_UNKNOWN_IF:
    /* Combase takes the interface back with the last object that has it. */
    return RPC_E_DISCONNECTED;
  default:
    return HRESULT_FROM_WIN32(status);
  }
}

bool call_state_enter(struct call_channel *channel, enum call_state from, enum call_state to)
{
  bool entered;

  AcquireSRWLockExclusive(&channel->lock);
  entered = channel->state == from;
  if (entered)
    channel->state = to;
  ReleaseSRWLockExclusive(&channel->lock);
  return entered;
}

bool call_state_is(struct call_channel *channel, enum call_state state)
{
  bool is;

  AcquireSRWLockShared(&channel->lock);
  is = channel->state == state;
  ReleaseSRWLockShared(&channel->lock);
  return is;
}
