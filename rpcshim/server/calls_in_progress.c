#include "calls_in_progress.h"

#include <stdbool.h>

static SRWLOCK lock = SRWLOCK_INIT;
static bool expected; /* lock, like all below */
static unsigned int active;
static ULONG received;
static HANDLE quiet; /* set while none is expected and none active */

/* lock held */
static void update_quiet(void)
{
  if (!quiet)
    return;
  if (!expected && !active)
    SetEvent(quiet);
  else
    ResetEvent(quiet);
}

RPC_STATUS calls_in_progress_expect(void)
{
  RPC_STATUS status = RPC_S_OK;

  AcquireSRWLockExclusive(&lock);
  if (!quiet)
    quiet = CreateEventW(NULL, TRUE, FALSE, NULL);
  if (quiet) {
    expected = true;
    update_quiet();
  } else {
    status = RPC_S_OUT_OF_RESOURCES;
  }
  ReleaseSRWLockExclusive(&lock);
  return status;
}

void calls_in_progress_expect_none(void)
{
  AcquireSRWLockExclusive(&lock);
  expected = false;
  update_quiet();
  ReleaseSRWLockExclusive(&lock);
}

void calls_in_progress_wait(void)
{
  WaitForSingleObject(quiet, INFINITE);
}

void calls_in_progress_begin(void)
{
  AcquireSRWLockExclusive(&lock);
  active++;
  received++;
  if (active == 1 && !expected)
    update_quiet();
  ReleaseSRWLockExclusive(&lock);
}

void calls_in_progress_end(void)
{
  AcquireSRWLockExclusive(&lock);
  if (!--active && !expected)
    update_quiet();
  ReleaseSRWLockExclusive(&lock);
}

ULONG calls_in_progress_received(void)
{
  ULONG count;

  AcquireSRWLockShared(&lock);
  count = received;
  ReleaseSRWLockShared(&lock);
  return count;
}
