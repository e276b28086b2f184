#include "apartment.h"

#include <stdlib.h>

struct start {
  enum apartment apartment;
  void (*body)(void *context);
  void *context;
};

static DWORD WINAPI hold_mta(void *ready)
{
  CHECK_EQ(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
  SetEvent(ready);
  Sleep(INFINITE);
  return 0;
}

/* Another thread is in the MTA until the process ends. */
static void need_mta(void)
{
  HANDLE ready = CreateEventW(NULL, TRUE, FALSE, NULL);
  HANDLE thread = CreateThread(NULL, 0, hold_mta, ready, 0, NULL);
  CHECK(ready && thread);
  CHECK_SIGNALLED(ready);
  CloseHandle(thread);
  CloseHandle(ready);
}

static DWORD WINAPI run(void *context)
{
  struct start start = *(struct start *)context;
  free(context);
  if (start.apartment == IMPLICIT_MTA)
    need_mta();
  else
    CHECK_EQ(CoInitializeEx(NULL, start.apartment == STA ? COINIT_APARTMENTTHREADED
                                                         : COINIT_MULTITHREADED),
             S_OK);
  start.body(start.context);
  if (start.apartment != IMPLICIT_MTA)
    CoUninitialize();
  return 0;
}

void apartment_start(struct apartment_thread *thread, enum apartment apartment,
                     void (*body)(void *context), void *context)
{
  struct start *start = malloc(sizeof(*start));
  CHECK(start);
  *start = (struct start){apartment, body, context};
  thread->thread = CreateThread(NULL, 0, run, start, 0, &thread->id);
  CHECK(thread->thread);
}

void apartment_wait(HANDLE handle)
{
  MSG message;
  while (MsgWaitForMultipleObjectsEx(1, &handle, INFINITE, QS_ALLINPUT, MWMO_INPUTAVAILABLE) !=
         WAIT_OBJECT_0)
    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
      DispatchMessageW(&message);
}

void apartment_join(struct apartment_thread *thread)
{
  apartment_wait(thread->thread);
  CloseHandle(thread->thread);
}

void apartment_run(enum apartment apartment, void (*body)(void *context), void *context)
{
  struct apartment_thread thread;
  apartment_start(&thread, apartment, body, context);
  apartment_join(&thread);
}
