#include "slow_pipe.h"

#define HANG (WM_APP + 1)

static struct slow_pipe *from_pipe(IPipeByte *pipe)
{
  return CONTAINING_RECORD(pipe, struct slow_pipe, pipe);
}

static HRESULT STDMETHODCALLTYPE query_interface(IPipeByte *pipe, REFIID iid, void **object)
{
  *object = NULL;
  if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IPipeByte))
    return E_NOINTERFACE;
  *object = pipe;
  IPipeByte_AddRef(pipe);
  return S_OK;
}

static ULONG STDMETHODCALLTYPE add_ref(IPipeByte *pipe)
{
  return InterlockedIncrement(&from_pipe(pipe)->references);
}

static ULONG STDMETHODCALLTYPE release(IPipeByte *pipe)
{
  struct slow_pipe *slow = from_pipe(pipe);
  LONG references = InterlockedDecrement(&slow->references);

  if (!references)
    CHECK(PostThreadMessageW(slow->thread.id, WM_NULL, 0, 0));
  return references;
}

static HRESULT STDMETHODCALLTYPE pull(IPipeByte *pipe, BYTE *data, ULONG count, ULONG *returned)
{
  SetEvent(from_pipe(pipe)->pulled);
  apartment_wait(from_pipe(pipe)->answer);
  *returned = min(count, SLOW_PIPE_BYTES);
  memset(data, 42, *returned);
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE push(IPipeByte *pipe, BYTE *data, ULONG count)
{
  (void)pipe;
  (void)data;
  (void)count;
  return E_NOTIMPL;
}

static IPipeByteVtbl methods = {query_interface, add_ref, release, pull, push};

/*
 * Till the last release. That may come in Pull, where WM_QUIT would go to who dispatches there;
 * and where a call has been cancelled, combase makes it on the worker that brought the call.
 */
static void run(void *context)
{
  struct slow_pipe *pipe = context;
  MSG message;

  CHECK_EQ(CoMarshalInterThreadInterfaceInStream(&IID_IPipeByte, (IUnknown *)&pipe->pipe,
                                                 &pipe->stream),
           S_OK);
  SetEvent(pipe->ready);
  IPipeByte_Release(&pipe->pipe);
  while (InterlockedCompareExchange(&pipe->references, 0, 0) &&
         GetMessageW(&message, NULL, 0, 0)) {
    if (message.hwnd || message.message != HANG) {
      DispatchMessageW(&message);
      continue;
    }
    SetEvent(pipe->hung);
    CHECK_SIGNALLED(pipe->go_on);
  }
}

static HANDLE new_event(void)
{
  HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);

  CHECK(event);
  return event;
}

IPipeByte *slow_pipe_create(struct slow_pipe *pipe)
{
  IPipeByte *proxy;

  memset(pipe, 0, sizeof(*pipe));
  pipe->pipe.lpVtbl = &methods;
  pipe->references = 1;
  pipe->ready = new_event();
  pipe->pulled = new_event();
  pipe->answer = new_event();
  pipe->hung = new_event();
  pipe->go_on = new_event();
  apartment_start(&pipe->thread, STA, run, pipe);
  CHECK_SIGNALLED(pipe->ready);
  CHECK_EQ(CoGetInterfaceAndReleaseStream(pipe->stream, &IID_IPipeByte, (void **)&proxy), S_OK);
  return proxy;
}

void slow_pipe_hang(struct slow_pipe *pipe)
{
  CHECK(PostThreadMessageW(pipe->thread.id, HANG, 0, 0));
  CHECK_SIGNALLED(pipe->hung);
}

void slow_pipe_end(struct slow_pipe *pipe)
{
  apartment_join(&pipe->thread);
  CloseHandle(pipe->ready);
  CloseHandle(pipe->pulled);
  CloseHandle(pipe->answer);
  CloseHandle(pipe->hung);
  CloseHandle(pipe->go_on);
}

AsyncIPipeByte *slow_pipe_new_call(IPipeByte *proxy)
{
  ICallFactory *factory;
  AsyncIPipeByte *call;

  CHECK_EQ(IPipeByte_QueryInterface(proxy, &IID_ICallFactory, (void **)&factory), S_OK);
  CHECK_EQ(ICallFactory_CreateCall(factory, &IID_AsyncIPipeByte, NULL, &IID_AsyncIPipeByte,
                                   (IUnknown **)(void *)&call),
           S_OK);
  ICallFactory_Release(factory);
  return call;
}

void slow_pipe_finish(AsyncIPipeByte *call)
{
  BYTE data[2 * SLOW_PIPE_BYTES];
  ULONG returned = 0;

  CHECK_EQ(AsyncIPipeByte_Finish_Pull(call, data, &returned), S_OK);
  CHECK_EQ(returned, SLOW_PIPE_BYTES);
  for (ULONG i = 0; i < returned; i++)
    CHECK_EQ(data[i], 42);
}
