#include "interface_queries.h"

#include <stdlib.h>

#include "../remote/object_reference.h"
#include "../remote/remote_scope.h"
#include "remote_unknown_call.h"

struct interface_queries *interface_queries_create(size_t count)
{
  struct interface_queries *queries =
      calloc(1, sizeof(*queries) + count * sizeof(struct interface_query));

  if (!queries)
    return NULL;
  queries->count = count;
  queries->asked = calloc(count, sizeof(*queries->asked));
  queries->answers = calloc(count, sizeof(*queries->answers));
  if (queries->asked && queries->answers)
    return queries;
  interface_queries_free(queries);
  return NULL;
}

void interface_queries_forget_proxies(struct interface_queries *queries)
{
  for (size_t i = 0; i < queries->count; i++) {
    if (queries->queries[i].found)
      object_reference_release(queries->queries[i].found);
    queries->queries[i].found = NULL;
  }
}

void interface_queries_free(struct interface_queries *queries)
{
  interface_queries_forget_proxies(queries);
  free(queries->asked);
  free(queries->answers);
  free(queries);
}

static void find_proxy(struct interface_query *query, IUnknown *remote)
{
  query->result = remote->lpVtbl->QueryInterface(remote, &query->iid, (void **)&query->found);
  if (FAILED(query->result))
    query->found = NULL;
}

HRESULT interface_queries_find_proxies(struct interface_queries *queries, IUnknown *remote)
{
  for (size_t i = 0; i < queries->count; i++) {
    struct interface_query *query = &queries->queries[i];
    struct remote_scope scope;

    if (!remote_scope_enter(&scope, REMOTE_SCOPE_LOCAL))
      return E_OUTOFMEMORY;
    find_proxy(query, remote);
    remote_scope_leave(&scope);
    if (!query->found)
      queries->asked[queries->asked_count++] = query->iid;
  }
  return S_OK;
}

static void give_back(const struct query_result *answer, uint64_t oxid)
{
  struct interface_reference reference = {answer->reference.ipid,
                                          answer->reference.public_references, 0};

  if (SUCCEEDED(answer->result) && reference.public_references)
    remote_unknown_call_release(oxid, &reference, 1);
}

/* The references in it become the proxy's, or go back. */
static void take_answer(struct interface_query *query, const struct query_result *answer,
                        uint64_t oxid)
{
  query->result = answer->result;
  if (SUCCEEDED(query->result))
    query->result =
        object_reference_unmarshal(&answer->reference, &query->iid, (void **)&query->found);
  if (FAILED(query->result)) {
    query->found = NULL;
    give_back(answer, oxid);
  }
}

void interface_queries_take_answers(struct interface_queries *queries, uint64_t oxid)
{
  size_t next = 0;

  for (size_t i = 0; i < queries->count && next < queries->asked_count; i++) {
    if (!queries->queries[i].found)
      take_answer(&queries->queries[i], &queries->answers[next++], oxid);
  }
  queries->asked_count = 0;
}

void interface_queries_drop_answers(struct interface_queries *queries, uint64_t oxid)
{
  for (size_t i = 0; i < queries->asked_count; i++)
    give_back(&queries->answers[i], oxid);
  queries->asked_count = 0;
}

HRESULT interface_queries_result(const struct interface_queries *queries)
{
  size_t found = 0;

  for (size_t i = 0; i < queries->count; i++)
    found += queries->queries[i].found != NULL;
  if (!found)
    return E_NOINTERFACE;
  return found == queries->count ? S_OK : S_FALSE;
}
