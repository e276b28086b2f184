/*
 * ICancelMethodCalls of a call object: a part of it, which delegates IUnknown to the
 * controlling unknown and holds no reference of its own. No state, no lock: the channel has
 * them.
 *
 * Cancel: call_channel_cancel(). TestCancel: call_channel_test_cancel().
 */
#ifndef ASYNCSHIM_OLE32_CALL_CANCEL_H
#define ASYNCSHIM_OLE32_CALL_CANCEL_H

#include "call_channel.h"

struct call_cancel {
  ICancelMethodCalls interface_part;
  IUnknown *outer;
  struct call_channel *channel;
};

void call_cancel_init(struct call_cancel *cancel, IUnknown *outer,
                      struct call_channel *channel);

#endif
