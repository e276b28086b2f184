/*
 * The word to an outer object that the call of the call object inside of it is over: Signal of
 * the outer's own ISynchronize, once for each Begin_ that has called its Reset.
 *
 * An outer that asks the call object for ISynchronize gives the call object's event, which
 * needs none of this. An outer of another mind gets Reset when a call begins, on that thread;
 * Signal when the call is complete, on any thread of the MTA, or, where it is not agile and was
 * given to CreateCall in an STA, on that STA's thread; Wait when Finish_ is called. No lock of
 * ours is held meanwhile, and nothing of the call is touched after Signal: it may finish the
 * call, begin the next one, or release everything.
 *
 *   call_notice_create() --> armed --call_notice_deliver()--> Signal
 *                              |---call_notice_drop()-------> nothing: the call was never sent
 *                              `---the STA ends-------------> the call is given up, and Signal
 *
 * From Reset to Signal the notice holds a reference of the outer object, so that is there to be
 * told: an outer that is let go while its call is pending goes when that is over. The reference
 * is given back where Signal was called.
 *
 * Counted: the channel's, until one of the first two; and the apartment's, while it would tell
 * of its end. `taken` decides who signals.
 */
#ifndef ASYNCSHIM_OLE32_CALL_NOTICE_H
#define ASYNCSHIM_OLE32_CALL_NOTICE_H

#include <stdbool.h>
#include <windows.h>
#include <objbase.h>

struct call_channel;
struct call_notice;
struct apartment;

/* Whom to tell: of a call object, from CreateCall to its end. */
struct call_listener {
  IUnknown *outer;             /* the controlling unknown; NULL: the call object is its own */
  ISynchronize *event;         /* the call object's own: a part, without a reference */
  struct apartment *apartment; /* where `outer` came from; NULL: not an STA */
};

/* In the apartment of CreateCall. S_OK; E_OUTOFMEMORY; what COM said: nothing can reach the
 * STA. */
HRESULT call_listener_init(struct call_listener *listener, IUnknown *outer,
                           ISynchronize *event);
void call_listener_end(struct call_listener *listener);

/*
 * Before the call of that serial is sent: calls Reset. S_OK: *notice is to be delivered or
 * dropped; NULL: the call object's event is what counts. E_OUTOFMEMORY; RPC_E_DISCONNECTED: the
 * STA of the outer object has ended.
 */
HRESULT call_notice_create(const struct call_listener *listener, struct call_channel *channel,
                           ULONG serial, struct call_notice **notice);
/* Any thread; each once, and either. */
void call_notice_deliver(struct call_notice *notice);
void call_notice_drop(struct call_notice *notice);

/*
 * Finish_: Wait of an outer's own ISynchronize, for ever. S_OK: it has returned, or there is
 * none, or this thread is in Signal of that very outer object: to be believed no further. Else
 * what Wait returned.
 */
HRESULT call_notice_wait(const struct call_listener *listener);

#endif
