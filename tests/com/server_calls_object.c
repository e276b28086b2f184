#include "server_calls_object.h"

struct call_object {
  AsyncINumbers iface; /* by the controlling unknown */
  IUnknown unknown;    /* its own */
  LONG references;
  IUnknown *outer; /* not counted */
  struct server_calls_object *server;
  bool in_begin;
  LONG value;
  hyper sum;
  float factor;
  double offset;
  WCHAR name[32];
  IUnknown *given;
};

/* ---- Signal ---- */

static ISynchronize *signal_of(struct call_object *call)
{
  ISynchronize *synchronize = NULL;

  CHECK_EQ(IUnknown_QueryInterface(call->outer, &IID_ISynchronize, (void **)&synchronize),
           S_OK);
  return synchronize;
}

static void signal_and_release(ISynchronize *synchronize)
{
  CHECK_EQ(ISynchronize_Signal(synchronize), S_OK);
  ISynchronize_Release(synchronize);
}

static DWORD WINAPI signal_from_thread(void *synchronize)
{
  CHECK_EQ(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
  signal_and_release(synchronize);
  CoUninitialize();
  return 0;
}

static void start_signal_thread(ISynchronize *synchronize)
{
  HANDLE thread = CreateThread(NULL, 0, signal_from_thread, synchronize, 0, NULL);

  CHECK(thread);
  CloseHandle(thread);
}

/* Only the last one finds all the others there. */
static void signal_together(struct server_calls_object *server, ISynchronize *synchronize)
{
  LONG index = InterlockedIncrement(&server->waiting) - 1;

  CHECK(index < server->together);
  InterlockedExchangePointer((void **)&server->signals[index], synchronize);
  if (index != server->together - 1)
    return;
  if (server->all_are_waiting)
    server->all_are_waiting(server);
  for (LONG i = 0; i < server->together; i++) {
    ISynchronize *signal;

    while (!(signal = InterlockedExchangePointer((void **)&server->signals[i], NULL)))
      SwitchToThread(); /* between the two lines above */
    signal_and_release(signal);
  }
}

/* Every Begin_ ends with it. */
static HRESULT begun(struct call_object *call, bool is_square)
{
  struct server_calls_object *server = call->server;

  call->in_begin = true;
  InterlockedIncrement(&server->begun);
  server->begin_thread = GetCurrentThreadId();
  switch (server->manner) {
  case FAIL_AND_SIGNAL:
    signal_and_release(signal_of(call));
    return BEGIN_FAILURE;
  case FAIL_BEGIN:
    if (server->in_failure)
      server->in_failure();
    return BEGIN_FAILURE;
  case RAISE_IN_BEGIN:
    RaiseException(0xe0000299, 0, 0, NULL);
    break;
  case SIGNAL_FROM_THREAD:
    start_signal_thread(signal_of(call));
    break;
  case SIGNAL_TOGETHER:
    if (is_square) {
      signal_together(server, signal_of(call));
      break;
    }
    /* fall through */
  case ASK_IN_SQUARE:
    if (is_square && server->in_begin) {
      server->in_begin(call->value, signal_of(call));
      break;
    }
    /* fall through */
  default:
    signal_and_release(signal_of(call));
    /* Twice is once. */
    signal_and_release(signal_of(call));
  }
  call->in_begin = false;
  return S_OK;
}

static INumbers *finished(struct call_object *call)
{
  CHECK(!call->in_begin);
  InterlockedIncrement(&call->server->finished);
  if (call->server->manner == RAISE_IN_FINISH)
    RaiseException(0xe0000299, 0, 0, NULL);
  return &call->server->numbers.numbers;
}

/* ---- AsyncINumbers ---- */

static struct call_object *call_of(AsyncINumbers *iface)
{
  return CONTAINING_RECORD(iface, struct call_object, iface);
}

static HRESULT STDMETHODCALLTYPE call_query_interface(AsyncINumbers *iface, REFIID iid,
                                                      void **found)
{
  return IUnknown_QueryInterface(call_of(iface)->outer, iid, found);
}

static ULONG STDMETHODCALLTYPE call_add_ref(AsyncINumbers *iface)
{
  return IUnknown_AddRef(call_of(iface)->outer);
}

static ULONG STDMETHODCALLTYPE call_release(AsyncINumbers *iface)
{
  return IUnknown_Release(call_of(iface)->outer);
}

static HRESULT STDMETHODCALLTYPE begin_square(AsyncINumbers *iface, LONG value)
{
  call_of(iface)->value = value;
  return begun(call_of(iface), true);
}

static HRESULT STDMETHODCALLTYPE finish_square(AsyncINumbers *iface, LONG *result)
{
  INumbers *numbers = finished(call_of(iface));

  if (call_of(iface)->server->in_finish)
    call_of(iface)->server->in_finish(call_of(iface)->value);
  return INumbers_Square(numbers, call_of(iface)->value, result);
}

static HRESULT STDMETHODCALLTYPE begin_sum(AsyncINumbers *iface, ULONG count,
                                           const LONG *values, hyper *sum)
{
  struct call_object *call = call_of(iface);

  call->sum = 0;
  for (ULONG i = 0; i < count; i++)
    call->sum += values[i];
  CHECK(*sum);
  return begun(call, false);
}

static HRESULT STDMETHODCALLTYPE finish_sum(AsyncINumbers *iface, hyper *sum)
{
  LONG value = (LONG)call_of(iface)->sum;
  INumbers *numbers = finished(call_of(iface));

  return INumbers_Sum(numbers, 1, &value, sum);
}

static HRESULT STDMETHODCALLTYPE begin_scale(AsyncINumbers *iface, float factor, double offset,
                                             NumberPair *pair)
{
  struct call_object *call = call_of(iface);

  CHECK(pair->first);
  call->factor = factor;
  call->offset = offset;
  return begun(call, false);
}

static HRESULT STDMETHODCALLTYPE finish_scale(AsyncINumbers *iface, NumberPair *pair)
{
  struct call_object *call = call_of(iface);
  INumbers *numbers = finished(call);

  return INumbers_Scale(numbers, call->factor, call->offset, pair);
}

static HRESULT STDMETHODCALLTYPE begin_name(AsyncINumbers *iface, const WCHAR *name)
{
  lstrcpynW(call_of(iface)->name, name, 32);
  return begun(call_of(iface), false);
}

static HRESULT STDMETHODCALLTYPE finish_name(AsyncINumbers *iface, NumberName *greeting)
{
  INumbers *numbers = finished(call_of(iface));

  return INumbers_Name(numbers, call_of(iface)->name, greeting);
}

static HRESULT STDMETHODCALLTYPE begin_give(AsyncINumbers *iface, IUnknown *object)
{
  call_of(iface)->given = object;
  if (object)
    IUnknown_AddRef(object);
  return begun(call_of(iface), false);
}

static HRESULT STDMETHODCALLTYPE finish_give(AsyncINumbers *iface, IUnknown **same)
{
  struct call_object *call = call_of(iface);
  INumbers *numbers = finished(call);
  HRESULT result = INumbers_Give(numbers, call->given, same);

  if (call->given)
    IUnknown_Release(call->given);
  return result;
}

static HRESULT STDMETHODCALLTYPE begin_nothing(AsyncINumbers *iface)
{
  return begun(call_of(iface), false);
}

static HRESULT STDMETHODCALLTYPE finish_nothing(AsyncINumbers *iface)
{
  INumbers *numbers = finished(call_of(iface));

  return INumbers_Nothing(numbers);
}

/* ---- the call object's own unknown ---- */

static struct call_object *call_of_unknown(IUnknown *unknown)
{
  return CONTAINING_RECORD(unknown, struct call_object, unknown);
}

static HRESULT STDMETHODCALLTYPE own_query_interface(IUnknown *unknown, REFIID iid,
                                                     void **found)
{
  struct call_object *call = call_of_unknown(unknown);

  *found = NULL;
  if (IsEqualIID(iid, &IID_IUnknown)) {
    *found = unknown;
    IUnknown_AddRef(unknown);
  } else if (IsEqualIID(iid, &IID_AsyncINumbers) && call->server->manner != LACK_INTERFACE) {
    *found = &call->iface;
    IUnknown_AddRef(call->outer);
  }
  return *found ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE own_add_ref(IUnknown *unknown)
{
  return InterlockedIncrement(&call_of_unknown(unknown)->references);
}

static ULONG STDMETHODCALLTYPE own_release(IUnknown *unknown)
{
  struct call_object *call = call_of_unknown(unknown);
  LONG references = InterlockedDecrement(&call->references);

  if (!references) {
    InterlockedDecrement(&call->server->objects);
    HeapFree(GetProcessHeap(), 0, call);
  }
  return references;
}

static AsyncINumbersVtbl call_methods = {
    call_query_interface, call_add_ref,  call_release,  begin_square, finish_square, begin_sum,
    finish_sum,           begin_scale,   finish_scale,  begin_name,   finish_name,   begin_give,
    finish_give,          begin_nothing, finish_nothing};
static IUnknownVtbl own_methods = {own_query_interface, own_add_ref, own_release};

/* ---- ICallFactory ---- */

static struct server_calls_object *object_of(ICallFactory *factory)
{
  return CONTAINING_RECORD(factory, struct server_calls_object, factory);
}

static HRESULT STDMETHODCALLTYPE factory_query_interface(ICallFactory *factory, REFIID iid,
                                                         void **found)
{
  return INumbers_QueryInterface(&object_of(factory)->numbers.numbers, iid, found);
}

static ULONG STDMETHODCALLTYPE factory_add_ref(ICallFactory *factory)
{
  return INumbers_AddRef(&object_of(factory)->numbers.numbers);
}

static ULONG STDMETHODCALLTYPE factory_release(ICallFactory *factory)
{
  return INumbers_Release(&object_of(factory)->numbers.numbers);
}

static HRESULT STDMETHODCALLTYPE factory_create_call(ICallFactory *factory, REFIID iid,
                                                     IUnknown *outer, REFIID object_iid,
                                                     IUnknown **found)
{
  struct server_calls_object *server = object_of(factory);
  struct call_object *call;

  *found = NULL;
  if (server->manner == REFUSE_CALL)
    return E_ACCESSDENIED;
  if (server->manner == REFUSE_AGGREGATION)
    return CLASS_E_NOAGGREGATION;
  /* Whoever says yes to another interface is asked for it next, and has it not. */
  CHECK(IsEqualIID(iid, &IID_AsyncINumbers) || IsEqualIID(iid, &IID_AsyncIBefore));
  CHECK(outer && IsEqualIID(object_iid, &IID_IUnknown));
  call = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*call));
  CHECK(call);
  call->iface.lpVtbl = &call_methods;
  call->unknown.lpVtbl = &own_methods;
  call->references = 1;
  call->outer = outer;
  call->server = server;
  InterlockedIncrement(&server->objects);
  *found = &call->unknown;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE query_interface(INumbers *iface, REFIID iid, void **found)
{
  struct server_calls_object *object =
      CONTAINING_RECORD(iface, struct server_calls_object, numbers.numbers);

  *found = NULL;
  if (IsEqualIID(iid, &IID_ICallFactory) && object->manner != LACK_FACTORY)
    *found = &object->factory;
  else if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_INumbers))
    *found = iface;
  else if (IsEqualIID(iid, &IID_IBefore))
    *found = &object->numbers.before;
  else if (IsEqualIID(iid, &IID_IPlain))
    *found = &object->numbers.plain;
  else
    return E_NOINTERFACE;
  INumbers_AddRef(iface);
  return S_OK;
}

void server_calls_object_init(struct server_calls_object *object,
                              enum server_calls_manner manner)
{
  static ICallFactoryVtbl factory_methods = {factory_query_interface, factory_add_ref,
                                             factory_release, factory_create_call};

  memset(object, 0, sizeof(*object));
  numbers_object_init(&object->numbers);
  object->methods = *object->numbers.numbers.lpVtbl;
  object->methods.QueryInterface = query_interface;
  object->numbers.numbers.lpVtbl = &object->methods;
  object->factory.lpVtbl = &factory_methods;
  object->manner = manner;
}
