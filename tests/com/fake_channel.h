/*
 * A channel that goes to a stub in the same thread: Send keeps the request, Receive has the
 * stub do the method. Both sides of a call use it.
 */
#ifndef ASYNCSHIM_TESTS_FAKE_CHANNEL_H
#define ASYNCSHIM_TESTS_FAKE_CHANNEL_H

#include "harness.h"

#include <objbase.h>

struct fake_channel {
  IAsyncRpcChannelBuffer channel;
  LONG references; /* the test's own is the first */
  IRpcStubBuffer *stub;
  HRESULT get_buffer_fails, send_fails, receive_fails;
  ULONG lost_bytes; /* of the next reply */
  LONG buffers;     /* not freed */
  ULONG method;     /* of the call that is pending */
  bool pending, invoking;
  void *request;
  ULONG request_length;
  IID iid; /* that GetBuffer was given */
};

void fake_channel_init(struct fake_channel *channel, IRpcStubBuffer *stub);

#endif
