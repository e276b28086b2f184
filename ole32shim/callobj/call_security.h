/*
 * IClientSecurity of a call object: a blanket of its own, which begins as what is true: no
 * authentication.
 *
 * It is kept and reported, no more: calls stay inside of one machine, and the runtime does not
 * authenticate them, whatever the blanket says. Wine's own proxies have no blanket to begin
 * with.
 *
 * A part of the call object, which delegates IUnknown to the controlling unknown and holds no
 * reference of it. `lock` guards the blanket. Any thread.
 */
#ifndef ASYNCSHIM_OLE32_CALL_SECURITY_H
#define ASYNCSHIM_OLE32_CALL_SECURITY_H

#include <windows.h>
#include <objbase.h>

struct call_blanket {
  DWORD authentication_service, authorization_service;
  DWORD authentication_level, impersonation_level;
  DWORD capabilities;
  void *authentication_info; /* the application's, never looked into */
  OLECHAR *principal;        /* CoTaskMemAlloc'ed; NULL: none */
};

struct call_security {
  IClientSecurity interface_part;
  IUnknown *outer;
  SRWLOCK lock;
  struct call_blanket blanket;
};

/*
 * Its methods; `proxy` of each is an interface of the call object, else E_INVALIDARG.
 * QueryBlanket: S_OK; the caller frees the principal with CoTaskMemFree; E_OUTOFMEMORY.
 * SetBlanket: S_OK; what is a default leaves what is there; E_INVALIDARG: no such level;
 *   E_OUTOFMEMORY.
 * CopyProxy: E_NOINTERFACE: a call object is not copied, the call factory makes others.
 */
void call_security_init(struct call_security *security, IUnknown *outer);
void call_security_end(struct call_security *security);

#endif
