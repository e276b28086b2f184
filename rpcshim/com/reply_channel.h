/*
 * The channel that a stub of a proxy DLL is given for one Invoke: COM's own, but when the
 * method has returned and the stub asks for the buffer of its reply, the thread's error object
 * is taken and goes along (error_reply.h, error_hook.h).
 *
 * The thread has no error object when the method begins, and none when the call is over: none
 * leaks into the next call, whosever that is.
 *
 * It lives as long as the Invoke, on the stack of its thread, which is the only one that has
 * it: the stubs that rpcrt4.dll makes keep no channel. References are counted in COM's.
 */
#ifndef ASYNCSHIM_COM_REPLY_CHANNEL_H
#define ASYNCSHIM_COM_REPLY_CHANNEL_H

#include <stdbool.h>
#include <windows.h>
#include <objbase.h>

struct reply_channel {
  IRpcChannelBuffer iface;
  IRpcChannelBuffer *inner; /* COM's, not counted */
  IUnknown *object;         /* the server's, counted; NULL: it is disconnected */
  const IID *iid;
};

/* com_library_load() has succeeded. */
void reply_channel_begin(struct reply_channel *channel, IRpcStubBuffer *stub,
                         IRpcChannelBuffer *inner);
void reply_channel_end(struct reply_channel *channel);

/*
 * Whether it is such a channel: the call is on its way from the stub of an interface to that of
 * one that it inherits from, which has no object to ask (stand_in.h).
 */
bool reply_channel_is(const IRpcChannelBuffer *channel);

#endif
