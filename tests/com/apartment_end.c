/*
 * The last CoUninitialize of a server's STA: calls that have been posted to it by then are
 * done, and later ones fail at once. And a synchronous call that is pending when its object is
 * disconnected; stress_life.c has the asynchronous ones.
 */
#include "life.h"
#include "proxy_dll.h"

struct ending {
  HANDLE thread;
  HANDLE ready, end;
  IStream *stream;
  struct server_calls_object object;
};

/* Dispatches nothing: leaves its apartment when a call has been posted to it. */
static DWORD WINAPI be_ending_sta(void *context)
{
  struct ending *ending = context;

  CHECK_EQ(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED), S_OK);
  server_calls_object_init(&ending->object, SIGNAL_IN_BEGIN);
  CHECK_EQ(CoMarshalInterThreadInterfaceInStream(
               &IID_INumbers, (IUnknown *)&ending->object.numbers.numbers, &ending->stream),
           S_OK);
  SetEvent(ending->ready);
  apartment_wait(ending->end);
  SetEvent(ending->ready);
  while (!GetQueueStatus(QS_POSTMESSAGE))
    SwitchToThread();
  CoUninitialize();
  return 0;
}

static INumbers *open_ending(struct ending *ending)
{
  INumbers *numbers;

  proxy_dll_register();
  ending->ready = CreateEventW(NULL, FALSE, FALSE, NULL);
  ending->end = CreateEventW(NULL, FALSE, FALSE, NULL);
  CHECK(ending->ready && ending->end);
  ending->thread = CreateThread(NULL, 0, be_ending_sta, ending, 0, NULL);
  CHECK(ending->thread);
  CHECK_SIGNALLED(ending->ready);
  CHECK_EQ(CoGetInterfaceAndReleaseStream(ending->stream, &IID_INumbers, (void **)&numbers),
           S_OK);
  return numbers;
}

/* From now on it dispatches nothing. */
static void stop_dispatching(struct ending *ending)
{
  SetEvent(ending->end);
  CHECK_SIGNALLED(ending->ready);
}

static void close_ending(struct ending *ending)
{
  CHECK_SIGNALLED(ending->thread);
  held_object_check_gone(&ending->object);
  CloseHandle(ending->thread);
  CloseHandle(ending->ready);
  CloseHandle(ending->end);
}

/* A connection to the apartment's endpoint is open still; a client's patience with a busy pipe
 * is 5 s. */
static void release_at_once(INumbers *numbers)
{
  ULONGLONG start = GetTickCount64();

  INumbers_Release(numbers);
  CHECK_AT_MOST(GetTickCount64() - start, 4000);
}

IN_MTA(a_posted_synchronous_call_is_done_before_the_sta_ends)
{
  static struct ending ending;
  INumbers *numbers = open_ending(&ending);
  LONG result = 0;

  stop_dispatching(&ending);
  CHECK_EQ(INumbers_Square(numbers, 12, &result), S_OK);
  CHECK_EQ(result, 144);
  CHECK_SIGNALLED(ending.thread);
  CHECK(FAILED(INumbers_Square(numbers, 12, &result)));
  release_at_once(numbers);
  close_ending(&ending);
}

IN_MTA(a_posted_asynchronous_call_is_done_before_the_sta_ends)
{
  static struct ending ending;
  INumbers *numbers = open_ending(&ending);
  AsyncINumbers *call = numbers_new_call(numbers);
  LONG result = 0;
  HRESULT outcome;

  stop_dispatching(&ending);
  CHECK_EQ(AsyncINumbers_Begin_Square(call, 12), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Square(call, &result), S_OK);
  CHECK_EQ(result, 144);
  CHECK_SIGNALLED(ending.thread);
  outcome = AsyncINumbers_Begin_Square(call, 12);
  if (outcome == S_OK)
    outcome = AsyncINumbers_Finish_Square(call, &result);
  CHECK(FAILED(outcome));
  CHECK_EQ(AsyncINumbers_Release(call), 0);
  release_at_once(numbers);
  close_ending(&ending);
}

static DWORD WINAPI disconnect_when_held(void *context)
{
  struct life_server *server = context;

  held_object_wait(&server->object, 1);
  life_server_disconnect(server);
  return 0;
}

static void check_disconnected(enum apartment apartment)
{
  static struct life_server server;
  INumbers *numbers;
  LONG result = 4711;
  HANDLE thread;

  proxy_dll_register();
  life_server_start(&server, apartment);
  life_server_export(&server);
  numbers = life_server_connect(&server);
  thread = CreateThread(NULL, 0, disconnect_when_held, &server, 0, NULL);
  CHECK(thread);
  CHECK_EQ(INumbers_Square(numbers, 3, &result), RPC_E_DISCONNECTED);
  CHECK_SIGNALLED(thread);
  CloseHandle(thread);
  held_object_signal(&server.object, 0, 1);
  INumbers_Release(numbers);
  held_object_check_gone(&server.object);
  CHECK_EQ(server.object.finished, 0);
  life_server_end(&server);
}

IN_STA(a_pending_synchronous_call_into_the_mta_ends_when_its_object_is_disconnected)
{
  check_disconnected(MTA);
}

IN_MTA(a_pending_synchronous_call_into_an_sta_ends_when_its_object_is_disconnected)
{
  check_disconnected(STA);
}
