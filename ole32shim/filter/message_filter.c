#include "message_filter.h"

#include <stdlib.h>

#include "../original/original.h"
#include "filter_thread.h"
#include "wait_frame.h"

struct message_filter {
  IMessageFilter filter;
  LONG references;
  IMessageFilter *application; /* counted, once combase has taken it */
  struct filter_thread *thread;
};

static struct message_filter *from_interface(IMessageFilter *filter)
{
  return CONTAINING_RECORD(filter, struct message_filter, filter);
}

/* ---- of a thread ---- */

static void set_current(struct filter_thread *thread, struct message_filter *filter)
{
  AcquireSRWLockExclusive(&thread->lock);
  thread->current = filter;
  ReleaseSRWLockExclusive(&thread->lock);
}

/* No longer, where it is. */
static void forget_current(struct filter_thread *thread, struct message_filter *filter)
{
  AcquireSRWLockExclusive(&thread->lock);
  if (thread->current == filter)
    thread->current = NULL;
  ReleaseSRWLockExclusive(&thread->lock);
}

/* false: its last reference has just gone, on another thread. */
static bool add_reference_if_alive(struct message_filter *filter)
{
  LONG references = filter->references, found;

  while (references) {
    found = InterlockedCompareExchange(&filter->references, references + 1, references);
    if (found == references)
      return true;
    references = found;
  }
  return false;
}

/* The calling thread's, with a reference; NULL: none. */
static struct message_filter *current(void)
{
  struct filter_thread *thread = filter_thread_get();
  struct message_filter *filter;

  if (!thread)
    return NULL;
  AcquireSRWLockExclusive(&thread->lock);
  filter = thread->current;
  if (filter && !add_reference_if_alive(filter))
    filter = NULL;
  ReleaseSRWLockExclusive(&thread->lock);
  return filter;
}

/* ---- IUnknown ---- */

static HRESULT WINAPI query_interface(IMessageFilter *filter, REFIID iid, void **object)
{
  *object = NULL;
  if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IMessageFilter))
    return E_NOINTERFACE;
  InterlockedIncrement(&from_interface(filter)->references);
  *object = filter;
  return S_OK;
}

static ULONG WINAPI add_ref(IMessageFilter *filter)
{
  return InterlockedIncrement(&from_interface(filter)->references);
}

static ULONG WINAPI release(IMessageFilter *interface_pointer)
{
  struct message_filter *filter = from_interface(interface_pointer);
  ULONG references = InterlockedDecrement(&filter->references);

  if (references)
    return references;
  forget_current(filter->thread, filter);
  if (filter->application)
    filter->application->lpVtbl->Release(filter->application);
  filter_thread_release(filter->thread);
  free(filter);
  return 0;
}

/* ---- IMessageFilter ---- */

/* What combase is to know of the verdict on the call that it hands to the stub next. */
static DWORD pass_on(DWORD verdict, const INTERFACEINFO *info)
{
  const struct com_cancels *cancels = com_cancels_get();
  bool put_off = verdict == SERVERCALL_RETRYLATER;

  if (!cancels)
    return verdict;
  if (!cancels->put_off_next(put_off, info->wMethod))
    return SERVERCALL_REJECTED;
  return put_off ? SERVERCALL_ISHANDLED : verdict;
}

static DWORD WINAPI handle_incoming(IMessageFilter *interface_pointer, DWORD type, HTASK caller,
                                    DWORD ticks, INTERFACEINFO *info)
{
  struct message_filter *filter = from_interface(interface_pointer);
  DWORD verdict;

  add_ref(&filter->filter);
  verdict = filter->application->lpVtbl->HandleInComingCall(filter->application, type, caller,
                                                            ticks, info);
  release(&filter->filter);
  return pass_on(verdict, info);
}

static DWORD WINAPI retry_rejected(IMessageFilter *interface_pointer, HTASK callee, DWORD ticks,
                                   DWORD type)
{
  struct message_filter *filter = from_interface(interface_pointer);
  DWORD answer;

  add_ref(&filter->filter);
  answer =
      filter->application->lpVtbl->RetryRejectedCall(filter->application, callee, ticks, type);
  release(&filter->filter);
  return answer;
}

static void cancel(const struct com_cancels *cancels, struct com_call *call,
                   const struct wait_frame *wait)
{
  HANDLE over;

  if (call)
    cancels->cancel(call, 0, &over);
  else if (wait && wait->cancel)
    wait->cancel(wait->context);
}

/* Combase does not know whose task it is, and of a cancel only that it is the result in the
 * end. */
static DWORD WINAPI message_pending(IMessageFilter *interface_pointer, HTASK callee,
                                    DWORD ticks, DWORD type)
{
  struct message_filter *filter = from_interface(interface_pointer);
  const struct com_cancels *cancels = com_cancels_get();
  const struct wait_frame *wait = wait_frame_innermost();
  struct com_call *call;
  DWORD verdict;

  /* The message is ours. */
  if (filter_thread_is_asked(filter->thread))
    return PENDINGMSG_WAITDEFPROCESS;
  call = cancels ? cancels->find_later(wait ? wait->number : 0) : NULL;
  if (call && !callee)
    callee = ULongToHandle(cancels->callee(call));
  else if (wait && !callee)
    callee = ULongToHandle(wait->callee);
  add_ref(&filter->filter);
  verdict =
      filter->application->lpVtbl->MessagePending(filter->application, callee, ticks, type);
  release(&filter->filter);
  if (verdict == PENDINGMSG_CANCELCALL)
    cancel(cancels, call, wait);
  if (call)
    cancels->release(call);
  return verdict;
}

static IMessageFilterVtbl filter_table = {query_interface, add_ref,        release,
                                          handle_incoming, retry_rejected, message_pending};

/* ---- registration ---- */

/* Without the application's reference. NULL: out of memory. */
static struct message_filter *create(IMessageFilter *application)
{
  struct filter_thread *thread = filter_thread_need();
  struct message_filter *filter = thread ? calloc(1, sizeof(*filter)) : NULL;

  if (!filter)
    return NULL;
  filter->filter.lpVtbl = &filter_table;
  filter->references = 1;
  filter->application = application;
  filter->thread = thread;
  filter_thread_add_reference(thread);
  return filter;
}

/* `filter` (NULL: none) is combase's now. */
static void enter(struct message_filter *filter)
{
  const struct com_cancels *cancels = com_cancels_get();
  struct filter_thread *thread = filter_thread_get();

  if (thread)
    set_current(thread, filter);
  /* Without memory there its calls are as Wine's own. */
  if (cancels)
    cancels->set_filter(filter ? &thread->calls : NULL);
}

/* The application's own behind one that combase has given back, with a reference. */
static IMessageFilter *application_of(IMessageFilter *filter)
{
  IMessageFilter *application = filter;

  if (filter && filter->lpVtbl == &filter_table)
    application = from_interface(filter)->application;
  if (application)
    application->lpVtbl->AddRef(application);
  return application;
}

HRESULT message_filter_register(IMessageFilter *application, IMessageFilter **former)
{
  struct message_filter *filter = NULL;
  IMessageFilter *replaced = NULL;
  HRESULT result;

  if (application) {
    filter = create(application);
    if (!filter)
      return E_OUTOFMEMORY;
  }
  result = original_register_message_filter(filter ? &filter->filter : NULL, &replaced);
  if (FAILED(result)) {
    if (filter)
      filter->application = NULL;
  } else {
    if (filter)
      application->lpVtbl->AddRef(application);
    enter(filter);
    if (former)
      *former = application_of(replaced);
  }
  if (replaced)
    replaced->lpVtbl->Release(replaced);
  if (filter)
    release(&filter->filter);
  return result;
}

bool message_filter_exists(void)
{
  struct message_filter *filter = current();

  if (filter)
    release(&filter->filter);
  return filter;
}

bool message_filter_retry(DWORD callee, DWORD ticks, DWORD type, DWORD *answer)
{
  struct message_filter *filter = current();

  if (!filter)
    return false;
  *answer = retry_rejected(&filter->filter, ULongToHandle(callee), ticks, type);
  release(&filter->filter);
  return true;
}
