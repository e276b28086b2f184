#include "call_security.h"

#include <rpc.h>
#include <stdbool.h>
#include <string.h>
#include <wchar.h>

#include "../original/original.h"

static struct call_security *from_interface(IClientSecurity *security)
{
  return CONTAINING_RECORD(security, struct call_security, interface_part);
}

static HRESULT WINAPI query_interface(IClientSecurity *security, REFIID iid, void **object)
{
  IUnknown *outer = from_interface(security)->outer;

  return outer->lpVtbl->QueryInterface(outer, iid, object);
}

static ULONG WINAPI add_ref(IClientSecurity *security)
{
  IUnknown *outer = from_interface(security)->outer;

  return outer->lpVtbl->AddRef(outer);
}

static ULONG WINAPI release(IClientSecurity *security)
{
  IUnknown *outer = from_interface(security)->outer;

  return outer->lpVtbl->Release(outer);
}

/* For comparing only: without a reference. */
static IUnknown *identity_of(IUnknown *object)
{
  IUnknown *identity;

  if (!object ||
      FAILED(object->lpVtbl->QueryInterface(object, &IID_IUnknown, (void **)&identity)))
    return NULL;
  identity->lpVtbl->Release(identity);
  return identity;
}

static bool is_part(struct call_security *security, IUnknown *proxy)
{
  IUnknown *identity = identity_of(proxy);

  return identity && identity == identity_of(security->outer);
}

/* NULL is copied to NULL. false: out of memory. */
static bool copy_principal(const OLECHAR *principal, OLECHAR **copy)
{
  size_t size = principal ? (wcslen(principal) + 1) * sizeof(*principal) : 0;

  *copy = size ? original.CoTaskMemAlloc(size) : NULL;
  if (*copy)
    memcpy(*copy, principal, size);
  return *copy || !size;
}

static void put(DWORD *where, DWORD value)
{
  if (where)
    *where = value;
}

static HRESULT WINAPI query_blanket(IClientSecurity *interface_pointer, IUnknown *proxy,
                                    DWORD *authentication_service, DWORD *authorization_service,
                                    OLECHAR **principal, DWORD *authentication_level,
                                    DWORD *impersonation_level, void **authentication_info,
                                    DWORD *capabilities)
{
  struct call_security *security = from_interface(interface_pointer);
  const struct call_blanket *blanket = &security->blanket;
  bool copied = true;

  if (!is_part(security, proxy))
    return E_INVALIDARG;
  AcquireSRWLockShared(&security->lock);
  put(authentication_service, blanket->authentication_service);
  put(authorization_service, blanket->authorization_service);
  put(authentication_level, blanket->authentication_level);
  put(impersonation_level, blanket->impersonation_level);
  put(capabilities, blanket->capabilities);
  if (authentication_info)
    *authentication_info = blanket->authentication_info;
  if (principal)
    copied = copy_principal(blanket->principal, principal);
  ReleaseSRWLockShared(&security->lock);
  return copied ? S_OK : E_OUTOFMEMORY;
}

static void replace(DWORD *where, DWORD value, DWORD unchanged)
{
  if (value != unchanged)
    *where = value;
}

/* Takes the principal of `wanted`, and gives the former one to it. */
static void change_blanket(struct call_blanket *blanket, struct call_blanket *wanted,
                           bool change_principal)
{
  OLECHAR *former = blanket->principal;

  replace(&blanket->authentication_service, wanted->authentication_service,
          RPC_C_AUTHN_DEFAULT);
  replace(&blanket->authorization_service, wanted->authorization_service, RPC_C_AUTHZ_DEFAULT);
  replace(&blanket->authentication_level, wanted->authentication_level,
          RPC_C_AUTHN_LEVEL_DEFAULT);
  replace(&blanket->impersonation_level, wanted->impersonation_level, RPC_C_IMP_LEVEL_DEFAULT);
  replace(&blanket->capabilities, wanted->capabilities, EOAC_DEFAULT);
  if (wanted->authentication_info != COLE_DEFAULT_AUTHINFO)
    blanket->authentication_info = wanted->authentication_info;
  if (change_principal) {
    blanket->principal = wanted->principal;
    wanted->principal = former;
  }
}

static HRESULT WINAPI set_blanket(IClientSecurity *interface_pointer, IUnknown *proxy,
                                  DWORD authentication_service, DWORD authorization_service,
                                  OLECHAR *principal, DWORD authentication_level,
                                  DWORD impersonation_level, void *authentication_info,
                                  DWORD capabilities)
{
  struct call_security *security = from_interface(interface_pointer);
  bool change_principal = principal != COLE_DEFAULT_PRINCIPAL;
  struct call_blanket wanted = {authentication_service,
                                authorization_service,
                                authentication_level,
                                impersonation_level,
                                capabilities,
                                authentication_info,
                                NULL};

  if (!is_part(security, proxy) || authentication_level > RPC_C_AUTHN_LEVEL_PKT_PRIVACY ||
      impersonation_level > RPC_C_IMP_LEVEL_DELEGATE)
    return E_INVALIDARG;
  if (change_principal && !copy_principal(principal, &wanted.principal))
    return E_OUTOFMEMORY;
  AcquireSRWLockExclusive(&security->lock);
  change_blanket(&security->blanket, &wanted, change_principal);
  ReleaseSRWLockExclusive(&security->lock);
  original.CoTaskMemFree(wanted.principal);
  return S_OK;
}

static HRESULT WINAPI copy_proxy(IClientSecurity *security, IUnknown *proxy, IUnknown **copy)
{
  if (!copy)
    return E_INVALIDARG;
  *copy = NULL;
  return is_part(from_interface(security), proxy) ? E_NOINTERFACE : E_INVALIDARG;
}

static IClientSecurityVtbl security_table = {query_interface, add_ref,     release,
                                             query_blanket,   set_blanket, copy_proxy};

void call_security_init(struct call_security *security, IUnknown *outer)
{
  security->interface_part.lpVtbl = &security_table;
  security->outer = outer;
  InitializeSRWLock(&security->lock);
  security->blanket = (struct call_blanket){
      .authentication_service = RPC_C_AUTHN_NONE,
      .authorization_service = RPC_C_AUTHZ_NONE,
      .authentication_level = RPC_C_AUTHN_LEVEL_NONE,
      .impersonation_level = RPC_C_IMP_LEVEL_IDENTIFY,
      .capabilities = EOAC_NONE,
  };
}

void call_security_end(struct call_security *security)
{
  original.CoTaskMemFree(security->blanket.principal);
}
