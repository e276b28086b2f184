#include "filter.h"

#include "numbers.h"

#define SQUARE 3 /* the method's number */

static struct filter *from_interface(IMessageFilter *filter)
{
  return CONTAINING_RECORD(filter, struct filter, filter);
}

static HRESULT STDMETHODCALLTYPE query_interface(IMessageFilter *filter, REFIID iid,
                                                 void **object)
{
  *object = NULL;
  if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IMessageFilter))
    return E_NOINTERFACE;
  IMessageFilter_AddRef(filter);
  *object = filter;
  return S_OK;
}

static ULONG STDMETHODCALLTYPE add_ref(IMessageFilter *filter)
{
  return InterlockedIncrement(&from_interface(filter)->references);
}

static ULONG STDMETHODCALLTYPE release(IMessageFilter *filter)
{
  return InterlockedDecrement(&from_interface(filter)->references);
}

static DWORD STDMETHODCALLTYPE handle_incoming(IMessageFilter *interface_pointer, DWORD type,
                                               HTASK caller, DWORD ticks, INTERFACEINFO *info)
{
  struct filter *filter = from_interface(interface_pointer);

  (void)caller, (void)ticks;
  /* COM's own calls for the object come by, too. */
  if (!IsEqualIID(&info->iid, filter->iid))
    return SERVERCALL_ISHANDLED;
  CHECK_EQ(type, CALLTYPE_TOPLEVEL);
  CHECK_EQ(info->wMethod & 0x7fff, filter->method);
  CHECK(info->pUnk);
  return filter->incoming++ < filter->verdicts ? filter->verdict : SERVERCALL_ISHANDLED;
}

static DWORD STDMETHODCALLTYPE retry_rejected(IMessageFilter *interface_pointer, HTASK callee,
                                              DWORD ticks, DWORD type)
{
  struct filter *filter = from_interface(interface_pointer);

  CHECK_EQ(GetCurrentThreadId(), filter->thread);
  filter->retries++;
  filter->callee = HandleToULong(callee);
  filter->ticks = ticks;
  filter->type = type;
  if (filter->in_retry)
    filter->in_retry(filter);
  return filter->answer;
}

static DWORD STDMETHODCALLTYPE message_pending(IMessageFilter *interface_pointer, HTASK callee,
                                               DWORD ticks, DWORD type)
{
  struct filter *filter = from_interface(interface_pointer);

  (void)callee, (void)ticks;
  CHECK_EQ(type, PENDINGTYPE_TOPLEVEL);
  InterlockedIncrement(&filter->pending);
  return filter->pending_answer;
}

static IMessageFilterVtbl methods = {query_interface, add_ref,        release,
                                     handle_incoming, retry_rejected, message_pending};

void filter_init(struct filter *filter)
{
  memset(filter, 0, sizeof(*filter));
  filter->filter.lpVtbl = &methods;
  filter->references = 1;
  filter->iid = &IID_INumbers;
  filter->method = SQUARE;
  filter->verdict = SERVERCALL_ISHANDLED;
  filter->answer = (DWORD)-1;
  filter->pending_answer = PENDINGMSG_WAITDEFPROCESS;
}

void filter_register(struct filter *filter)
{
  IMessageFilter *former = &filter->filter;

  filter->thread = GetCurrentThreadId();
  CHECK_EQ(CoRegisterMessageFilter(&filter->filter, &former), S_OK);
  CHECK(!former);
}

void filter_revoke(struct filter *filter)
{
  IMessageFilter *former = NULL;

  CHECK_EQ(CoRegisterMessageFilter(NULL, &former), S_OK);
  CHECK(former == &filter->filter);
  CHECK_EQ(IMessageFilter_Release(former), 1);
}
