/*
 * Invoke of the stubs of proxy DLLs: CStdStubBuffer_Invoke, with a call context
 * (call_context.h) around the method, and a channel that sends its error information along
 * (reply_channel.h).
 *
 * NdrDllGetClassObject() fills the empty places of a proxy DLL's tables of stub methods, which
 * is its task; ours is before Wine's in one of them. So every such stub comes here, also the
 * one that async_stub.h has inside; asynchronous calls have a context of their own. Stubs that
 * are not of proxy DLLs have the same frame by typelib_stub.h.
 */
#ifndef ASYNCSHIM_COM_STUB_INVOKE_H
#define ASYNCSHIM_COM_STUB_INVOKE_H

#include "async_interface.h"

/* Puts the export itself there, before Wine's NdrDllGetClassObject fills the same tables. Any
 * thread, again and again. */
void stub_invoke_fill(const ProxyFileInfo **files);

/*
 * At the head of Invoke of the interface `iid`, once for each call:
 * RPC_E_SERVERCALL_RETRYLATER: the server's message filter wants the client to come back later,
 * and that is what Invoke returns; S_OK: go on. Of such a filter combase itself knows nothing,
 * and goes on to the stub (ole32shim/filter).
 */
HRESULT stub_put_off(REFIID iid, RPCOLEMESSAGE *message, IRpcChannelBuffer *channel);

/* Invoke of a stub. */
typedef HRESULT STDMETHODCALLTYPE stub_invoke_method(IRpcStubBuffer *stub,
                                                     RPCOLEMESSAGE *message,
                                                     IRpcChannelBuffer *channel);

/*
 * `method` of `stub`, which is of the interface `iid`, in the frame, unless the call has one
 * already, since it is of an heir of that interface: not entered when the call
 * is put off, with a call context otherwise. Returns what the method returns. Where there is no
 * memory for a context, it has none.
 */
HRESULT stub_invoke_framed(IRpcStubBuffer *stub, REFIID iid, stub_invoke_method *method,
                           RPCOLEMESSAGE *message, IRpcChannelBuffer *channel);

/* CStdStubBuffer_Invoke: Wine's in the frame, for the interface that the stub's tables name. */
HRESULT STDMETHODCALLTYPE stub_invoke(IRpcStubBuffer *stub, RPCOLEMESSAGE *message,
                                      IRpcChannelBuffer *channel);

#endif
