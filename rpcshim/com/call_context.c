#include "call_context.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "../server/client_identity.h"
#include "../server/object_calls.h"
#include "../server/listening.h"
#include "../server/in_place.h"
#include "../server/server_connection.h"
#include "com_library.h"

struct call_context {
  IServerSecurity security;
  ICancelMethodCalls cancel; /* a part of it */
  LONG references;
  SRWLOCK lock;
  bool complete;              /* lock */
  const RPC_MESSAGE *message; /* lock: NULL when complete */
  struct server_call *call;   /* lock: counted; NULL: not looked for, or COM has posted it */
  struct identity *client;    /* lock: counted; looked up when first needed */
  void *id;                   /* of no other context before or after: what a slot can hold */
};

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static DWORD slot = TLS_OUT_OF_INDEXES; /* the id of the context whose client is impersonated */
static volatile LONG last_id;

static BOOL CALLBACK allocate_slot(INIT_ONCE *unused, void *parameter, void **context)
{
  (void)unused;
  (void)parameter;
  (void)context;
  slot = TlsAlloc();
  return slot != TLS_OUT_OF_INDEXES;
}

/* ---- of this thread ---- */

static bool impersonates(const struct call_context *context)
{
  return TlsGetValue(slot) == context->id;
}

/* A handle to what this thread has; NULL: nothing. */
static HANDLE thread_token(void)
{
  HANDLE token;

  return OpenThreadToken(GetCurrentThread(), TOKEN_IMPERSONATE, TRUE, &token) ? token : NULL;
}

static void impersonate(HANDLE token, void *id)
{
  if (SetThreadToken(NULL, token))
    TlsSetValue(slot, id);
}

void call_context_enter(struct call_context *context, struct call_context_frame *frame)
{
  IUnknown *unknown = (IUnknown *)&context->security;

  *frame = (struct call_context_frame){.impersonated = TlsGetValue(slot)};
  if (frame->impersonated) {
    frame->token = thread_token();
    impersonate(NULL, NULL);
  }
  frame->entered = SUCCEEDED(com_library.CoSwitchCallContext(unknown, &frame->outer));
}

void call_context_leave(const struct call_context_frame *frame)
{
  IUnknown *inner;

  if (TlsGetValue(slot))
    impersonate(NULL, NULL);
  if (frame->token) {
    impersonate(frame->token, frame->impersonated);
    CloseHandle(frame->token);
  }
  if (frame->entered)
    com_library.CoSwitchCallContext(frame->outer, &inner);
}

/* ---- IServerSecurity ---- */

static struct call_context *from_security(IServerSecurity *security)
{
  return CONTAINING_RECORD(security, struct call_context, security);
}

static bool is_complete(struct call_context *context)
{
  bool complete;

  AcquireSRWLockShared(&context->lock);
  complete = context->complete;
  ReleaseSRWLockShared(&context->lock);
  return complete;
}

static HRESULT STDMETHODCALLTYPE query_interface(IServerSecurity *security, REFIID iid,
                                                 void **object)
{
  struct call_context *context = from_security(security);

  *object = NULL;
  if (IsEqualIID(iid, &IID_IServerSecurity)) {
    /* CoGetCallContext() and what is built on it come here. */
    if (is_complete(context) && !impersonates(context))
      return RPC_E_CALL_COMPLETE;
    *object = security;
  } else if (IsEqualIID(iid, &IID_ICancelMethodCalls)) {
    *object = &context->cancel;
  } else if (IsEqualIID(iid, &IID_IUnknown)) {
    *object = security;
  } else {
    return E_NOINTERFACE;
  }
  IServerSecurity_AddRef(security);
  return S_OK;
}

static ULONG STDMETHODCALLTYPE add_ref(IServerSecurity *security)
{
  return InterlockedIncrement(&from_security(security)->references);
}

static ULONG STDMETHODCALLTYPE release(IServerSecurity *security)
{
  struct call_context *context = from_security(security);
  LONG references = InterlockedDecrement(&context->references);

  if (references)
    return references;
  call_context_complete(context);
  identity_release(context->client);
  free(context);
  return 0;
}

/* Under the lock, exclusive, and not complete. NULL: COM has posted the call, in this process.
 */
static struct server_call *call_of(struct call_context *context)
{
  if (!context->call)
    context->call = object_calls_find(context->message);
  return context->call;
}

/* Under the lock, exclusive, and not complete. NULL: nobody knows the client. */
static struct identity *client_of(struct call_context *context)
{
  if (!context->client)
    client_identity(call_of(context), &context->client);
  return context->client;
}

/* `name` may be NULL: E_OUTOFMEMORY. */
static HRESULT copy_name(const WCHAR *name, OLECHAR **copy)
{
  size_t size = name ? (wcslen(name) + 1) * sizeof(*name) : 0;

  *copy = size ? com_library.CoTaskMemAlloc(size) : NULL;
  if (!*copy)
    return E_OUTOFMEMORY;
  memcpy(*copy, name, size);
  return S_OK;
}

static void put(DWORD *where, DWORD value)
{
  if (where)
    *where = value;
}

/* What Windows says of every call inside of one machine, and what RPC says of ncalrpc. */
static HRESULT STDMETHODCALLTYPE query_blanket(IServerSecurity *security,
                                               DWORD *authentication_service,
                                               DWORD *authorization_service,
                                               OLECHAR **principal, DWORD *authentication_level,
                                               DWORD *impersonation_level, void **privileges,
                                               DWORD *capabilities)
{
  struct call_context *context = from_security(security);
  WCHAR *name = NULL; /* as long as the context */
  bool complete, known;

  AcquireSRWLockExclusive(&context->lock);
  complete = context->complete;
  known = !complete && client_is_authenticated(call_of(context));
  if (known && (privileges || principal) && client_of(context))
    name = client_of(context)->name;
  ReleaseSRWLockExclusive(&context->lock);
  if (complete)
    return RPC_E_CALL_COMPLETE;
  put(authentication_service, known ? RPC_C_AUTHN_WINNT : RPC_C_AUTHN_NONE);
  put(authorization_service, RPC_C_AUTHZ_NONE);
  put(authentication_level, known ? RPC_C_AUTHN_LEVEL_PKT_PRIVACY : RPC_C_AUTHN_LEVEL_NONE);
  put(impersonation_level, known ? RPC_C_IMP_LEVEL_IMPERSONATE : RPC_C_IMP_LEVEL_ANONYMOUS);
  put(capabilities, EOAC_NONE);
  if (privileges)
    *privileges = name;
  if (!principal)
    return S_OK;
  *principal = NULL;
  return known ? copy_name(name, principal) : S_OK;
}

static HRESULT STDMETHODCALLTYPE impersonate_client(IServerSecurity *security)
{
  struct call_context *context = from_security(security);
  HRESULT result = S_OK;

  AcquireSRWLockExclusive(&context->lock);
  if (context->complete)
    result = RPC_E_CALL_COMPLETE;
  else if (!client_of(context))
    result = E_FAIL;
  if (result == S_OK) {
    impersonate(context->client->token, context->id);
    result = impersonates(context) ? S_OK : E_FAIL;
  }
  ReleaseSRWLockExclusive(&context->lock);
  return result;
}

static HRESULT STDMETHODCALLTYPE revert_to_self(IServerSecurity *security)
{
  struct call_context *context = from_security(security);

  if (!impersonates(context))
    return is_complete(context) ? RPC_E_CALL_COMPLETE : S_OK;
  impersonate(NULL, NULL);
  return impersonates(context) ? E_FAIL : S_OK;
}

static BOOL STDMETHODCALLTYPE is_impersonating(IServerSecurity *security)
{
  return impersonates(from_security(security));
}

static IServerSecurityVtbl methods = {
    query_interface,    add_ref,        release,         query_blanket,
    impersonate_client, revert_to_self, is_impersonating};

/* ---- ICancelMethodCalls ---- */

static struct call_context *from_cancel(ICancelMethodCalls *cancel)
{
  return CONTAINING_RECORD(cancel, struct call_context, cancel);
}

static HRESULT STDMETHODCALLTYPE cancel_query_interface(ICancelMethodCalls *cancel, REFIID iid,
                                                        void **object)
{
  return query_interface(&from_cancel(cancel)->security, iid, object);
}

static ULONG STDMETHODCALLTYPE cancel_add_ref(ICancelMethodCalls *cancel)
{
  return add_ref(&from_cancel(cancel)->security);
}

static ULONG STDMETHODCALLTYPE cancel_release(ICancelMethodCalls *cancel)
{
  return release(&from_cancel(cancel)->security);
}

/* The client's to do. */
static HRESULT STDMETHODCALLTYPE cancel_call(ICancelMethodCalls *cancel, ULONG seconds)
{
  (void)cancel;
  (void)seconds;
  return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE test_cancel(ICancelMethodCalls *cancel)
{
  struct call_context *context = from_cancel(cancel);
  struct server_call *call = NULL;
  bool complete, cancelled;

  AcquireSRWLockExclusive(&context->lock);
  complete = context->complete;
  if (!complete)
    call = call_of(context);
  if (call)
    server_call_add_reference(call);
  ReleaseSRWLockExclusive(&context->lock);
  if (complete)
    return RPC_E_CALL_COMPLETE;
  /* Nobody can cancel what COM has posted. */
  if (!call)
    return RPC_S_CALLPENDING;
  server_connection_poll(call->connection);
  cancelled = server_call_is_cancelled(call);
  server_call_release(call);
  return cancelled ? RPC_E_CALL_CANCELED : RPC_S_CALLPENDING;
}

static ICancelMethodCallsVtbl cancel_methods = {cancel_query_interface, cancel_add_ref,
                                                cancel_release, cancel_call, test_cancel};

/* ---- its life ---- */

struct call_context *call_context_create(const RPC_MESSAGE *message, struct server_call *call)
{
  struct call_context *context;

  if (!InitOnceExecuteOnce(&once, allocate_slot, NULL, NULL))
    return NULL;
  context = calloc(1, sizeof(*context));
  if (!context)
    return NULL;
  context->security.lpVtbl = &methods;
  context->cancel.lpVtbl = &cancel_methods;
  context->references = 1;
  InitializeSRWLock(&context->lock);
  context->message = message;
  context->call = call;
  if (call)
    server_call_add_reference(call);
  do
    context->id = (void *)(ULONG_PTR)InterlockedIncrement(&last_id);
  while (!context->id);
  return context;
}

void call_context_release(struct call_context *context)
{
  IServerSecurity_Release(&context->security);
}

void call_context_complete(struct call_context *context)
{
  struct server_call *call;

  AcquireSRWLockExclusive(&context->lock);
  context->complete = true;
  context->message = NULL;
  call = context->call;
  context->call = NULL;
  ReleaseSRWLockExclusive(&context->lock);
  if (call)
    server_call_release(call);
}
