#include "call_notice.h"

#include <stdlib.h>

#include "../filter/thread_slot.h"
#include "../original/original.h"
#include "../runtime/runtime.h"
#include "call_channel.h"

struct call_notice {
  LONG references;
  LONG taken;
  ISynchronize *synchronize;   /* the reference that keeps the outer object */
  IUnknown *outer;             /* for comparing only */
  struct apartment *apartment; /* NULL: any thread of the MTA */
  struct call_channel *channel;
  ULONG serial;
  struct apartment_task delivery, end;
};

/* What a thread is telling, the innermost first. */
struct signal_frame {
  IUnknown *outer;
  struct signal_frame *former;
};

static struct thread_slot signalling;

/* ---- the listener ---- */

static HRESULT WINAPI nobody_query_interface(IUnknown *unknown, REFIID iid, void **object)
{
  *object = IsEqualIID(iid, &IID_IUnknown) ? unknown : NULL;
  return *object ? S_OK : E_NOINTERFACE;
}

static ULONG WINAPI nobody_count(IUnknown *unknown)
{
  (void)unknown;
  return 1;
}

/* An STA that has never been called has no way in yet: combase makes one when it marshals. */
static HRESULT open_apartment(void)
{
  static IUnknownVtbl methods = {nobody_query_interface, nobody_count, nobody_count};
  static IUnknown nobody = {&methods};
  LARGE_INTEGER start = {.QuadPart = 0};
  IStream *stream;
  HRESULT result = original.CreateStreamOnHGlobal(NULL, TRUE, &stream);

  if (FAILED(result))
    return result;
  result = original.CoMarshalInterface(stream, &IID_IUnknown, &nobody, MSHCTX_INPROC, NULL,
                                       MSHLFLAGS_NORMAL);
  if (SUCCEEDED(result))
    result = stream->lpVtbl->Seek(stream, start, STREAM_SEEK_SET, NULL);
  if (SUCCEEDED(result))
    result = original.CoReleaseMarshalData(stream);
  stream->lpVtbl->Release(stream);
  return result;
}

static HRESULT find_apartment(struct apartment **apartment)
{
  const struct com_apartments *apartments = com_apartments_get();
  HRESULT result;

  *apartment = NULL;
  if (!apartments)
    return E_UNEXPECTED;
  result = apartments->current(apartment);
  if (result != E_UNEXPECTED)
    return result;
  result = open_apartment();
  return FAILED(result) ? result : apartments->current(apartment);
}

HRESULT call_listener_init(struct call_listener *listener, IUnknown *outer, ISynchronize *event)
{
  *listener = (struct call_listener){.outer = outer, .event = event};
  return outer ? find_apartment(&listener->apartment) : S_OK;
}

void call_listener_end(struct call_listener *listener)
{
  if (listener->apartment)
    com_apartments_get()->release(listener->apartment);
  listener->apartment = NULL;
}

/* The outer's own, with a reference. NULL: it has none, or gives the call object's event. */
static ISynchronize *own_synchronize(const struct call_listener *listener)
{
  IUnknown *outer = listener->outer;
  ISynchronize *found;

  if (!outer ||
      FAILED(outer->lpVtbl->QueryInterface(outer, &IID_ISynchronize, (void **)&found)) ||
      !found)
    return NULL;
  if (found != listener->event)
    return found;
  found->lpVtbl->Release(found);
  return NULL;
}

static bool has_interface(IUnknown *object, REFIID iid)
{
  IUnknown *found;

  if (FAILED(object->lpVtbl->QueryInterface(object, iid, (void **)&found)) || !found)
    return false;
  found->lpVtbl->Release(found);
  return true;
}

/* Objects that aggregate the free-threaded marshaller are agile, too, whatever they say. */
static bool is_free_threaded(IUnknown *object)
{
  IMarshal *marshal;
  CLSID class_id;
  HRESULT result = object->lpVtbl->QueryInterface(object, &IID_IMarshal, (void **)&marshal);

  if (FAILED(result) || !marshal)
    return false;
  result = marshal->lpVtbl->GetUnmarshalClass(marshal, &IID_IUnknown, object, MSHCTX_INPROC,
                                              NULL, MSHLFLAGS_NORMAL, &class_id);
  marshal->lpVtbl->Release(marshal);
  return SUCCEEDED(result) && IsEqualCLSID(&class_id, &CLSID_InProcFreeMarshaler);
}

static bool is_agile(IUnknown *object)
{
  return has_interface(object, &IID_IAgileObject) || is_free_threaded(object);
}

/* ---- the notice ---- */

static void notice_release(struct call_notice *notice)
{
  if (InterlockedDecrement(&notice->references))
    return;
  if (notice->apartment)
    com_apartments_get()->release(notice->apartment);
  call_channel_release(notice->channel);
  free(notice);
}

/* false: somebody else has it, or has had it. */
static bool take(struct call_notice *notice)
{
  return !InterlockedExchange(&notice->taken, 1);
}

/* On the thread that it is for; takes the reference of the outer object. */
static void signal(struct call_notice *notice)
{
  ISynchronize *synchronize = notice->synchronize;
  struct signal_frame frame = {notice->outer, thread_slot_get(&signalling)};

  thread_slot_set(&signalling, &frame);
  synchronize->lpVtbl->Signal(synchronize);
  thread_slot_set(&signalling, frame.former);
  synchronize->lpVtbl->Release(synchronize);
}

/* A thread of the runtime's is in no apartment where the process has no MTA. */
static void signal_in_mta(struct call_notice *notice)
{
  bool entered = SUCCEEDED(original.CoInitializeEx(NULL, COINIT_MULTITHREADED));

  signal(notice);
  if (entered)
    original.CoUninitialize();
}

static void deliver_task(struct apartment_task *task, bool alive)
{
  struct call_notice *notice = CONTAINING_RECORD(task, struct call_notice, delivery);

  if (take(notice)) {
    if (!notice->apartment)
      signal_in_mta(notice);
    else if (alive)
      signal(notice);
    else
      notice->synchronize->lpVtbl->Release(notice->synchronize);
  }
  notice_release(notice);
}

/* The outer's apartment ends before its call: that is all that comes of it. */
static void end_task(struct apartment_task *task, bool alive)
{
  struct call_notice *notice = CONTAINING_RECORD(task, struct call_notice, end);

  if (take(notice)) {
    call_channel_disconnect(notice->channel, notice->serial);
    if (alive)
      signal(notice);
    else
      notice->synchronize->lpVtbl->Release(notice->synchronize);
  }
  notice_release(notice);
}

static struct call_notice *allocate(const struct call_listener *listener,
                                    struct call_channel *channel, ULONG serial)
{
  struct call_notice *notice = calloc(1, sizeof(*notice));

  if (!notice)
    return NULL;
  notice->references = 1;
  notice->outer = listener->outer;
  notice->channel = channel;
  notice->serial = serial;
  notice->delivery.run = deliver_task;
  notice->end.run = end_task;
  call_channel_add_reference(channel);
  return notice;
}

/* Who is in Signal has to be known then. */
static bool has_slot(void)
{
  return thread_slot_set(&signalling, thread_slot_get(&signalling));
}

/* false: the apartment is gone. */
static bool watch_apartment(struct call_notice *notice, struct apartment *apartment)
{
  const struct com_apartments *apartments = com_apartments_get();

  apartments->add_reference(apartment);
  notice->apartment = apartment;
  notice->references++;
  if (apartments->at_end(apartment, &notice->end))
    return true;
  notice->references--;
  return false;
}

HRESULT call_notice_create(const struct call_listener *listener, struct call_channel *channel,
                           ULONG serial, struct call_notice **result)
{
  ISynchronize *synchronize = own_synchronize(listener);
  struct call_notice *notice;

  *result = NULL;
  if (!synchronize)
    return S_OK;
  notice = has_slot() ? allocate(listener, channel, serial) : NULL;
  if (!notice) {
    synchronize->lpVtbl->Release(synchronize);
    return E_OUTOFMEMORY;
  }
  notice->synchronize = synchronize;
  if (listener->apartment && !is_agile(listener->outer) &&
      !watch_apartment(notice, listener->apartment)) {
    call_notice_drop(notice);
    return RPC_E_DISCONNECTED;
  }
  synchronize->lpVtbl->Reset(synchronize);
  *result = notice;
  return S_OK;
}

static void forget_apartment(struct call_notice *notice)
{
  if (notice->apartment && com_apartments_get()->not_at_end(notice->apartment, &notice->end))
    notice_release(notice);
}

void call_notice_deliver(struct call_notice *notice)
{
  forget_apartment(notice);
  if (notice->apartment)
    com_apartments_get()->run(notice->apartment, &notice->delivery);
  else
    deliver_task(&notice->delivery, true);
}

void call_notice_drop(struct call_notice *notice)
{
  forget_apartment(notice);
  if (take(notice))
    notice->synchronize->lpVtbl->Release(notice->synchronize);
  notice_release(notice);
}

static bool is_signalling(IUnknown *outer)
{
  const struct signal_frame *frame = thread_slot_get(&signalling);

  while (frame && frame->outer != outer)
    frame = frame->former;
  return frame;
}

HRESULT call_notice_wait(const struct call_listener *listener)
{
  ISynchronize *synchronize;
  HRESULT result;

  if (is_signalling(listener->outer))
    return S_OK;
  synchronize = own_synchronize(listener);
  if (!synchronize)
    return S_OK;
  result = synchronize->lpVtbl->Wait(synchronize, COWAIT_DEFAULT, INFINITE);
  synchronize->lpVtbl->Release(synchronize);
  return result;
}
