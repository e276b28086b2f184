#include "remote_unknown_proxy.h"

#include <stdlib.h>
#include <string.h>

#include "object_reference.h"
#include "proxy_around.h"
#include "remote_scope.h"

/* IRemUnknown, which no header of MinGW-w64 has. */
struct remote_unknown {
  const struct remote_unknown_methods *methods;
};

struct remote_unknown_methods {
  HRESULT(STDMETHODCALLTYPE *query_interface)
  (struct remote_unknown *unknown, REFIID iid, void **object);
  ULONG(STDMETHODCALLTYPE *add_ref)(struct remote_unknown *unknown);
  ULONG(STDMETHODCALLTYPE *release)(struct remote_unknown *unknown);
  HRESULT(STDMETHODCALLTYPE *remote_query_interface)
  (struct remote_unknown *unknown, const GUID *ipid, ULONG references, USHORT count, IID *iids,
   struct query_result **results);
  HRESULT(STDMETHODCALLTYPE *remote_add_references)
  (struct remote_unknown *unknown, USHORT count, struct interface_reference *references,
   HRESULT *results);
  HRESULT(STDMETHODCALLTYPE *remote_release_references)
  (struct remote_unknown *unknown, USHORT count, struct interface_reference *references);
};

struct remote_unknown_proxy {
  struct proxy_around around; /* the first member */
  struct remote_unknown unknown;
  struct remote_unknown *wine_unknown; /* `around` holds it */
};

static struct remote_unknown_proxy *from_unknown(struct remote_unknown *unknown)
{
  return CONTAINING_RECORD(unknown, struct remote_unknown_proxy, unknown);
}

/* ---- IRemUnknown ---- */

static HRESULT STDMETHODCALLTYPE query_interface(struct remote_unknown *unknown, REFIID iid,
                                                 void **object)
{
  IUnknown *outer = from_unknown(unknown)->around.outer;

  return outer->lpVtbl->QueryInterface(outer, iid, object);
}

static ULONG STDMETHODCALLTYPE add_ref(struct remote_unknown *unknown)
{
  IUnknown *outer = from_unknown(unknown)->around.outer;

  return outer->lpVtbl->AddRef(outer);
}

static ULONG STDMETHODCALLTYPE release(struct remote_unknown *unknown)
{
  IUnknown *outer = from_unknown(unknown)->around.outer;

  return outer->lpVtbl->Release(outer);
}

/* The scope learns where the call would have gone. */
static HRESULT refuse(struct remote_unknown_proxy *proxy, struct remote_scope *scope,
                      const GUID *ipid)
{
  struct standard_reference own;
  HRESULT result =
      object_reference_read((IUnknown *)&proxy->unknown, &IID_REMOTE_UNKNOWN, &own);

  if (FAILED(result))
    return result;
  scope->asked = true;
  scope->oxid = own.oxid;
  scope->ipid = *ipid;
  return E_NOINTERFACE;
}

/* With IUnknown in the place of ICallFactory: malloc'ed. NULL: out of memory. */
static IID *without_call_factory(const IID *iids, USHORT count)
{
  IID *copy = malloc(count * sizeof(*copy));

  for (USHORT i = 0; copy && i < count; i++)
    copy[i] = IsEqualIID(&iids[i], &IID_ICallFactory) ? IID_IUnknown : iids[i];
  return copy;
}

static HRESULT STDMETHODCALLTYPE remote_query_interface(struct remote_unknown *unknown,
                                                        const GUID *ipid, ULONG references,
                                                        USHORT count, IID *iids,
                                                        struct query_result **results)
{
  struct remote_unknown_proxy *proxy = from_unknown(unknown);
  struct remote_scope *scope = remote_scope_current();
  HRESULT result;
  IID *wanted;

  if (scope)
    return refuse(proxy, scope, ipid);
  wanted = without_call_factory(iids, count);
  if (!wanted)
    return E_OUTOFMEMORY;
  result = proxy->wine_unknown->methods->remote_query_interface(
      proxy->wine_unknown, ipid, references, count, wanted, results);
  free(wanted);
  /* Combase would look at them. */
  return SUCCEEDED(result) && !*results ? RPC_E_INVALID_DATAPACKET : result;
}

static HRESULT STDMETHODCALLTYPE remote_add_references(struct remote_unknown *unknown,
                                                       USHORT count,
                                                       struct interface_reference *references,
                                                       HRESULT *results)
{
  struct remote_unknown_proxy *proxy = from_unknown(unknown);
  struct remote_scope *scope = remote_scope_current();

  if (scope)
    return refuse(proxy, scope, &references->ipid);
  return proxy->wine_unknown->methods->remote_add_references(proxy->wine_unknown, count,
                                                             references, results);
}

static HRESULT STDMETHODCALLTYPE remote_release_references(
    struct remote_unknown *unknown, USHORT count, struct interface_reference *references)
{
  struct remote_unknown_proxy *proxy = from_unknown(unknown);
  struct remote_scope *scope = remote_scope_current();

  if (scope && scope->kind == REMOTE_SCOPE_COLLECT &&
      remote_scope_collect(scope, references, count))
    return S_OK;
  return proxy->wine_unknown->methods->remote_release_references(proxy->wine_unknown, count,
                                                                 references);
}

static const struct remote_unknown_methods unknown_methods = {
    query_interface,          add_ref, release, remote_query_interface, remote_add_references,
    remote_release_references};

HRESULT remote_unknown_proxy_create(IPSFactoryBuffer *wine, IUnknown *outer,
                                    IRpcProxyBuffer **result, void **object)
{
  struct remote_unknown_proxy *proxy = calloc(1, sizeof(*proxy));
  HRESULT status;

  *result = NULL;
  *object = NULL;
  if (!proxy)
    return E_OUTOFMEMORY;
  status = proxy_around_init(&proxy->around, wine, outer, &IID_REMOTE_UNKNOWN,
                             (void **)&proxy->wine_unknown);
  if (FAILED(status)) {
    free(proxy);
    return status;
  }
  proxy->unknown.methods = &unknown_methods;
  *result = &proxy->around.buffer;
  *object = &proxy->unknown;
  return S_OK;
}
