/*
 * The stub that Wine makes of a type library (CreateStubFromTypeInfo, for oleaut32), with our
 * frame around each call (stub_invoke.h): a call context, and what a message filter has to say.
 *
 * Wine's stub is inside and does the work. Its tables are its own, so it is not they that are
 * changed, as those of proxy DLLs are, but this stands before it. An IRpcStubBuffer, reference
 * counted; owns the inner stub. Any thread; holds no state of calls.
 *
 * Methods that such an interface inherits, those of IDispatch, come to a second stub behind the
 * inner one, which oleaut32 has made and whose Invoke is ours already: the frame is the first
 * one's. There are no asynchronous calls: IDispatch and what inherits it never has any.
 */
#ifndef ASYNCSHIM_COM_TYPELIB_STUB_H
#define ASYNCSHIM_COM_TYPELIB_STUB_H

#include <windows.h>
#include <objbase.h>
#include <rpcproxy.h>

/*
 * `inner`: of the interface `iid`; its reference goes to the new stub, with one reference in
 * *stub. S_OK; E_OUTOFMEMORY, and `inner` is the caller's still.
 */
HRESULT typelib_stub_create(IRpcStubBuffer *inner, REFIID iid, IRpcStubBuffer **stub);

#endif
