#include "async_unknown.h"

#include <stdlib.h>

#include "../remote/object_reference.h"
#include "../remote/remote_scope.h"
#include "interface_queries.h"
#include "remote_unknown_call.h"

/* The method of calls that have no results, and may be none of the server's. */
#define COUNTED REMOTE_RELEASE_REFERENCES

enum begun { NONE, STARTING, QUERY, QUERY_MULTIPLE, ADD_REF, RELEASE };

struct async_unknown {
  AsyncIUnknown unknown;
  AsyncIMultiQI multiple;
  IUnknown *outer;
  struct call_channel *channel; /* a reference */
  struct object_place place;
  void (*spend)(void *context);
  void *spend_context;

  LONG begun;                        /* enum begun */
  IUnknown *remote;                  /* STARTING; NULL: it has been released */
  struct interface_queries *queries; /* QUERY, QUERY_MULTIPLE */
  ULONG references_left;             /* ADD_REF, RELEASE */
};

static struct async_unknown *from_unknown(AsyncIUnknown *unknown)
{
  return CONTAINING_RECORD(unknown, struct async_unknown, unknown);
}

static struct async_unknown *from_multiple(AsyncIMultiQI *multiple)
{
  return CONTAINING_RECORD(multiple, struct async_unknown, multiple);
}

/* ---- one call at a time ---- */

/* NONE -> STARTING: S_OK; RPC_S_CALLPENDING; CO_E_OBJNOTCONNECTED. */
static HRESULT start(struct async_unknown *unknown)
{
  if (InterlockedCompareExchange(&unknown->begun, STARTING, NONE) != NONE)
    return RPC_S_CALLPENDING;
  if (unknown->remote)
    return S_OK;
  InterlockedExchange(&unknown->begun, NONE);
  return CO_E_OBJNOTCONNECTED;
}

static void drop_queries(struct async_unknown *unknown)
{
  if (unknown->queries)
    interface_queries_free(unknown->queries);
  unknown->queries = NULL;
}

/* -> NONE */
static HRESULT end(struct async_unknown *unknown, HRESULT result)
{
  drop_queries(unknown);
  InterlockedExchange(&unknown->begun, NONE);
  return result;
}

/* Waits for the end of a query. What it is for is looked at when it is this thread's: another
 * one, or Signal on this one, may have finished it and begun the next meanwhile. */
static HRESULT wait_for_answers(struct async_unknown *unknown)
{
  RPCOLEMESSAGE reply;
  HRESULT result = remote_unknown_call_wait_query(unknown->channel, &reply);

  return FAILED(result) ? result
                        : remote_unknown_call_finish_query(unknown->channel, &reply,
                                                           unknown->queries->answers,
                                                           unknown->queries->asked_count);
}

/* Waits for the end of the call. false: *result says why it is not over, or not ours. */
static bool wait(struct async_unknown *unknown, enum begun method, HRESULT *result)
{
  *result = RPC_E_CALL_COMPLETE;
  if (InterlockedCompareExchange(&unknown->begun, NONE, NONE) != (LONG)method)
    return false;
  if (method == QUERY || method == QUERY_MULTIPLE)
    *result = wait_for_answers(unknown);
  else
    *result = remote_unknown_call_finish_release(unknown->channel);
  return *result != RPC_E_CALL_COMPLETE && !call_channel_is_pending(unknown->channel);
}

/* ---- queries ---- */

/* STARTING: asks the client, and the server for the rest. */
static HRESULT query(struct async_unknown *unknown, enum begun method)
{
  struct interface_queries *queries = unknown->queries;
  HRESULT result = interface_queries_find_proxies(queries, unknown->remote);

  if (FAILED(result))
    return end(unknown, result);
  InterlockedExchange(&unknown->begun, method);
  result = queries->asked_count
               ? remote_unknown_call_begin_query(unknown->channel, &unknown->place.ipid,
                                                 queries->asked, queries->asked_count)
               : call_channel_complete(unknown->channel, REMOTE_QUERY_INTERFACE, S_OK);
  return FAILED(result) ? end(unknown, result) : S_OK;
}

/* STARTING, with room for so many. */
static HRESULT start_queries(struct async_unknown *unknown, size_t count)
{
  HRESULT result = start(unknown);

  if (FAILED(result))
    return result;
  unknown->queries = interface_queries_create(count);
  return unknown->queries ? S_OK : end(unknown, E_OUTOFMEMORY);
}

/* What has been found, with proxies of what the server has. */
static HRESULT finish_queries(struct async_unknown *unknown, HRESULT result)
{
  struct interface_queries *queries = unknown->queries;

  for (size_t i = 0; FAILED(result) && i < queries->count; i++) {
    if (!queries->queries[i].found)
      queries->queries[i].result = result;
  }
  if (SUCCEEDED(result))
    interface_queries_take_answers(queries, unknown->place.oxid);
  return FAILED(result) && queries->count == queries->asked_count
             ? result
             : interface_queries_result(queries);
}

/* Nobody will fetch them: the call is over. */
static void drop_answers(struct async_unknown *unknown)
{
  if (SUCCEEDED(wait_for_answers(unknown)))
    interface_queries_drop_answers(unknown->queries, unknown->place.oxid);
}

/* ---- AsyncIUnknown ---- */

static HRESULT WINAPI query_interface(AsyncIUnknown *unknown, REFIID iid, void **object)
{
  IUnknown *outer = from_unknown(unknown)->outer;

  return outer->lpVtbl->QueryInterface(outer, iid, object);
}

static ULONG WINAPI add_ref(AsyncIUnknown *unknown)
{
  IUnknown *outer = from_unknown(unknown)->outer;

  return outer->lpVtbl->AddRef(outer);
}

static ULONG WINAPI release(AsyncIUnknown *unknown)
{
  IUnknown *outer = from_unknown(unknown)->outer;

  return outer->lpVtbl->Release(outer);
}

static HRESULT WINAPI begin_query_interface(AsyncIUnknown *interface_pointer, REFIID iid)
{
  struct async_unknown *unknown = from_unknown(interface_pointer);
  HRESULT result;

  if (!iid)
    return E_INVALIDARG;
  result = start_queries(unknown, 1);
  if (FAILED(result))
    return result;
  unknown->queries->queries[0].iid = *iid;
  return query(unknown, QUERY);
}

static HRESULT WINAPI finish_query_interface(AsyncIUnknown *interface_pointer, void **object)
{
  struct async_unknown *unknown = from_unknown(interface_pointer);
  struct interface_query *only;
  HRESULT result;

  if (!object)
    return E_INVALIDARG;
  *object = NULL;
  if (!wait(unknown, QUERY, &result))
    return result;
  only = &unknown->queries->queries[0];
  finish_queries(unknown, result);
  *object = only->found;
  only->found = NULL;
  return end(unknown, only->result);
}

static HRESULT WINAPI begin_add_ref(AsyncIUnknown *interface_pointer)
{
  struct async_unknown *unknown = from_unknown(interface_pointer);
  HRESULT result = start(unknown);

  if (FAILED(result))
    return result;
  /* Without the one that the call object has. */
  unknown->references_left = unknown->remote->lpVtbl->AddRef(unknown->remote) - 1;
  InterlockedExchange(&unknown->begun, ADD_REF);
  result = call_channel_complete(unknown->channel, COUNTED, S_OK);
  if (SUCCEEDED(result))
    return S_OK;
  unknown->remote->lpVtbl->Release(unknown->remote);
  return end(unknown, result);
}

/* For methods whose HRESULT would be a count. */
static ULONG finish_count(struct async_unknown *unknown, enum begun method, bool *finished)
{
  HRESULT result;
  ULONG left;

  *finished = wait(unknown, method, &result);
  if (!*finished)
    return 0;
  left = unknown->references_left;
  end(unknown, S_OK);
  return left;
}

static ULONG WINAPI finish_add_ref(AsyncIUnknown *interface_pointer)
{
  bool finished;

  return finish_count(from_unknown(interface_pointer), ADD_REF, &finished);
}

/* How many references there are besides the call object's own. */
static ULONG count_others(IUnknown *remote)
{
  remote->lpVtbl->AddRef(remote);
  return remote->lpVtbl->Release(remote) - 1;
}

/*
 * STARTING. The caller's reference goes, and with the last one the call object's own: what
 * combase gives back to the server then is in the scope. Where there is no memory for that, or
 * no scope, combase tells the server itself.
 */
static void release_remote(struct async_unknown *unknown, struct remote_scope *scope)
{
  IUnknown *remote = unknown->remote;
  bool is_last = count_others(remote) <= 1;
  bool entered = remote_scope_enter(scope, REMOTE_SCOPE_COLLECT);

  unknown->references_left = remote->lpVtbl->Release(remote) - 1;
  if (is_last) {
    unknown->remote = NULL;
    unknown->references_left = remote->lpVtbl->Release(remote);
  }
  if (entered)
    remote_scope_leave(scope);
}

static HRESULT tell_server(struct async_unknown *unknown, const struct remote_scope *scope)
{
  if (!scope->release_count)
    return call_channel_complete(unknown->channel, COUNTED, S_OK);
  return remote_unknown_call_begin_release(unknown->channel, scope->releases,
                                           scope->release_count);
}

static HRESULT WINAPI begin_release(AsyncIUnknown *interface_pointer)
{
  struct async_unknown *unknown = from_unknown(interface_pointer);
  struct remote_scope scope = {0};
  HRESULT result = start(unknown);

  if (FAILED(result))
    return result;
  release_remote(unknown, &scope);
  InterlockedExchange(&unknown->begun, RELEASE);
  /* The reference is gone: where the server cannot be told, Finish_Release finds that out. */
  result = tell_server(unknown, &scope);
  if (FAILED(result))
    result = call_channel_complete(unknown->channel, COUNTED, result);
  free(scope.releases);
  return FAILED(result) ? end(unknown, result) : S_OK;
}

static ULONG WINAPI finish_release(AsyncIUnknown *interface_pointer)
{
  struct async_unknown *unknown = from_unknown(interface_pointer);
  bool finished;
  ULONG left = finish_count(unknown, RELEASE, &finished);

  if (finished)
    unknown->spend(unknown->spend_context);
  return left;
}

static AsyncIUnknownVtbl unknown_methods = {
    query_interface,        add_ref,       release,        begin_query_interface,
    finish_query_interface, begin_add_ref, finish_add_ref, begin_release,
    finish_release};

/* ---- AsyncIMultiQI ---- */

static HRESULT WINAPI multiple_query_interface(AsyncIMultiQI *multiple, REFIID iid,
                                               void **object)
{
  return query_interface(&from_multiple(multiple)->unknown, iid, object);
}

static ULONG WINAPI multiple_add_ref(AsyncIMultiQI *multiple)
{
  return add_ref(&from_multiple(multiple)->unknown);
}

static ULONG WINAPI multiple_release(AsyncIMultiQI *multiple)
{
  return release(&from_multiple(multiple)->unknown);
}

static HRESULT WINAPI begin_query_multiple(AsyncIMultiQI *multiple, ULONG count,
                                           MULTI_QI *queries)
{
  struct async_unknown *unknown = from_multiple(multiple);
  HRESULT result;

  if (!count || count > QUERIES_LIMIT || !queries)
    return E_INVALIDARG;
  result = start_queries(unknown, count);
  if (FAILED(result))
    return result;
  for (ULONG i = 0; i < count; i++) {
    if (!queries[i].pIID)
      return end(unknown, E_INVALIDARG);
    unknown->queries->queries[i].iid = *queries[i].pIID;
  }
  return query(unknown, QUERY_MULTIPLE);
}

static HRESULT WINAPI finish_query_multiple(AsyncIMultiQI *multiple, MULTI_QI *queries)
{
  struct async_unknown *unknown = from_multiple(multiple);
  HRESULT result;

  if (!queries)
    return E_INVALIDARG;
  if (!wait(unknown, QUERY_MULTIPLE, &result))
    return result;
  result = finish_queries(unknown, result);
  for (size_t i = 0; i < unknown->queries->count; i++) {
    queries[i].pItf = unknown->queries->queries[i].found;
    queries[i].hr = unknown->queries->queries[i].result;
    unknown->queries->queries[i].found = NULL;
  }
  return end(unknown, result);
}

static AsyncIMultiQIVtbl multiple_methods = {multiple_query_interface, multiple_add_ref,
                                             multiple_release, begin_query_multiple,
                                             finish_query_multiple};

/* ---- life ---- */

struct async_unknown *async_unknown_create(IUnknown *remote, const struct object_place *place,
                                           struct call_channel *channel, IUnknown *outer,
                                           void (*spend)(void *context), void *context)
{
  struct async_unknown *unknown = calloc(1, sizeof(*unknown));

  if (!unknown)
    return NULL;
  unknown->unknown.lpVtbl = &unknown_methods;
  unknown->multiple.lpVtbl = &multiple_methods;
  unknown->outer = outer;
  unknown->channel = channel;
  call_channel_add_reference(channel);
  unknown->place = *place;
  unknown->spend = spend;
  unknown->spend_context = context;
  unknown->remote = remote;
  remote->lpVtbl->AddRef(remote);
  return unknown;
}

static void destroy(struct async_unknown *unknown)
{
  drop_queries(unknown);
  call_channel_release(unknown->channel);
  free(unknown);
}

/* The hook of a channel whose call object has gone: the answers have come. */
static void drop_late_answers(void *context)
{
  drop_answers(context);
  destroy(context);
}

void async_unknown_let_go(struct async_unknown *unknown)
{
  IUnknown *remote = unknown->remote;

  unknown->remote = NULL;
  if (remote)
    object_reference_release(remote);
}

void async_unknown_free(struct async_unknown *unknown)
{
  async_unknown_let_go(unknown);
  if (unknown->queries) {
    /* Here, and not on the thread that the answers come to. */
    interface_queries_forget_proxies(unknown->queries);
    if (call_channel_hook_pending(unknown->channel, drop_late_answers, unknown))
      return;
    drop_answers(unknown);
  }
  destroy(unknown);
}

IUnknown *async_unknown_interface(struct async_unknown *unknown)
{
  return (IUnknown *)&unknown->unknown;
}

IUnknown *async_unknown_multiple_interface(struct async_unknown *unknown)
{
  return (IUnknown *)&unknown->multiple;
}
