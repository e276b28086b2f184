#include "race.h"

#include "usage.h"

#include <stdlib.h>

#define WARM_UP_SHARE   10 /* one in so many rounds, besides */
#define WARM_UP_LEAST   600
#define STEP_LEAST      200 /* ns */
#define STEP_MOST       10000
#define LEAD_LIMIT      20000000 /* ns */
#define JITTER_SCALES   7        /* up to 1, 2, … 64 µs: some races are decided within one */
#define SPINS           2000
#define SETTLE_MS       10000
#define HANDLES_ALLOWED 6
#define BLOCKS_ALLOWED  64
#define BYTES_ALLOWED   (1024 * 1024)
/* What one more worker of the runtime is allowed to cost. */
#define THREAD_BLOCKS 8
#define THREAD_BYTES  (1200 * 1024)

long race_rounds(void)
{
  const char *wanted = getenv("ASYNCSHIM_STRESS_ROUNDS");
  long rounds = wanted ? atol(wanted) : sizeof(void *) == 8 ? 10000 : 1000;
  CHECK(rounds > 0);
  return rounds;
}

static struct race_usage use_now(void)
{
  struct race_usage usage = {usage_threads(), usage_handles(), usage_heap_blocks(),
                             usage_private_bytes()};
  return usage;
}

static unsigned long next_random(struct race *race)
{
  race->seed = race->seed * 1664525u + 1013904223u;
  return race->seed >> 8;
}

static long jitter(struct race *race)
{
  unsigned long limit = 1000ul << next_random(race) % JITTER_SCALES;
  return (long)(next_random(race) % limit);
}

static LONGLONG ticks(void)
{
  LARGE_INTEGER now;
  QueryPerformanceCounter(&now);
  return now.QuadPart;
}

static LONGLONG ticks_of(long nanoseconds)
{
  LARGE_INTEGER frequency;
  QueryPerformanceFrequency(&frequency);
  return frequency.QuadPart * nanoseconds / 1000000000;
}

/* One turn of a spinning wait; lets others run where it takes long. */
static void spin(long *spins)
{
  if (++*spins % SPINS)
    YieldProcessor();
  else
    SwitchToThread();
}

static void spin_until(LONGLONG moment)
{
  long spins = 0;
  while (ticks() < moment)
    spin(&spins);
}

/* ---- the other thread ---- */

static void run_second(struct race *race)
{
  LONGLONG start;
  long spins = 0;
  InterlockedExchange(&race->ready, 1);
  while (!(start = InterlockedCompareExchange64(&race->start, 0, 0)))
    spin(&spins);
  spin_until(start);
  race->sides[1](race->context);
}

static DWORD WINAPI second_thread(void *context)
{
  struct race *race = context;
  AcquireSRWLockExclusive(&race->lock);
  while (!race->over) {
    if (race->answered == race->asked) {
      SleepConditionVariableSRW(&race->changed, &race->lock, INFINITE, 0);
      continue;
    }
    ReleaseSRWLockExclusive(&race->lock);
    run_second(race);
    AcquireSRWLockExclusive(&race->lock);
    race->answered++;
    WakeAllConditionVariable(&race->changed);
  }
  ReleaseSRWLockExclusive(&race->lock);
  return 0;
}

void race_run(struct race *race, race_side first, race_side second, void *context)
{
  LONGLONG start[2], now;
  long spins = 0;
  race->sides[0] = first;
  race->sides[1] = second;
  race->context = context;
  race->ready = 0;
  race->start = 0;
  AcquireSRWLockExclusive(&race->lock);
  race->asked++;
  WakeAllConditionVariable(&race->changed);
  ReleaseSRWLockExclusive(&race->lock);
  while (!InterlockedCompareExchange(&race->ready, 0, 0))
    spin(&spins);

  now = ticks();
  start[0] = now + ticks_of((race->lead > 0 ? race->lead : 0) + jitter(race));
  start[1] = now + ticks_of((race->lead < 0 ? -race->lead : 0) + jitter(race));
  InterlockedExchange64(&race->start, start[1]);
  spin_until(start[0]);
  race->sides[0](race->context);

  AcquireSRWLockExclusive(&race->lock);
  while (race->answered != race->asked)
    SleepConditionVariableSRW(&race->changed, &race->lock, INFINITE, 0);
  ReleaseSRWLockExclusive(&race->lock);
}

/* ---- counting ---- */

void race_begin(struct race *race, const char *name, const char *first, const char *second,
                long rounds)
{
  memset(race, 0, sizeof(*race));
  race->name = name;
  race->outcomes[0] = first;
  race->outcomes[1] = second;
  race->both = true;
  race->rounds = rounds;
  race->warm_up =
      rounds / WARM_UP_SHARE > WARM_UP_LEAST ? rounds / WARM_UP_SHARE : WARM_UP_LEAST;
  race->seed = GetTickCount();
  race->step = STEP_LEAST;
  InitializeSRWLock(&race->lock);
  InitializeConditionVariable(&race->changed);
  race->thread = CreateThread(NULL, 0, second_thread, race, 0, NULL);
  CHECK(race->thread);
}

bool race_goes_on(struct race *race)
{
  long counted = race->counts[0] + race->counts[1];
  if (race->warm)
    return counted < race->rounds;
  if (counted >= race->warm_up) {
    race->warm = true;
    race->counts[0] = race->counts[1] = 0;
    race->before = use_now();
  }
  return true;
}

void race_count_only(struct race *race, int outcome)
{
  race->counts[outcome]++;
  race->came[outcome] = true;
}

void race_count(struct race *race, int outcome)
{
  race_count_only(race, outcome);
  if (outcome == race->last)
    race->step = race->step < STEP_MOST ? race->step * 3 / 2 : STEP_MOST;
  else
    race->step = race->step > 2 * STEP_LEAST ? race->step / 2 : STEP_LEAST;
  race->last = outcome;
  race->lead += outcome ? -race->step : race->step;
  if (race->lead > LEAD_LIMIT)
    race->lead = LEAD_LIMIT;
  if (race->lead < -LEAD_LIMIT)
    race->lead = -LEAD_LIMIT;
}

void race_allow(struct race *race, long handles, long blocks)
{
  race->before.handles += handles;
  race->before.blocks += blocks;
}

/* What there may be now: as much as before, and what workers cost that have been started since.
 */
static struct race_usage allowed(const struct race *race, const struct race_usage *after)
{
  struct race_usage usage = race->before;
  long more = after->threads > usage.threads ? after->threads - usage.threads : 0;
  usage.handles += HANDLES_ALLOWED;
  usage.blocks += BLOCKS_ALLOWED + more * THREAD_BLOCKS;
  usage.private_bytes += BYTES_ALLOWED + more * (long long)THREAD_BYTES;
  return usage;
}

static bool has_settled(const struct race *race, const struct race_usage *after)
{
  struct race_usage most = allowed(race, after);
  return after->handles <= most.handles && after->blocks <= most.blocks &&
         after->private_bytes <= most.private_bytes;
}

/* The runtime may be about to let go of the last calls. */
static struct race_usage settle(const struct race *race)
{
  ULONGLONG limit = GetTickCount64() + SETTLE_MS;
  struct race_usage after;
  do {
    after = use_now();
  } while (!has_settled(race, &after) && GetTickCount64() < limit);
  return after;
}

void race_end(struct race *race)
{
  struct race_usage after = settle(race), most = allowed(race, &after);
  AcquireSRWLockExclusive(&race->lock);
  race->over = true;
  WakeAllConditionVariable(&race->changed);
  ReleaseSRWLockExclusive(&race->lock);
  CHECK_SIGNALLED(race->thread);
  CloseHandle(race->thread);
  test_note("race: %s | %ld calls | %ld %s, %ld %s | threads %ld -> %ld | handles %ld -> %ld | "
            "heap blocks %ld -> %ld | private KiB %lld -> %lld",
            race->name, race->counts[0] + race->counts[1], race->counts[0], race->outcomes[0],
            race->counts[1], race->outcomes[1], race->before.threads, after.threads,
            race->before.handles, after.handles, race->before.blocks, after.blocks,
            race->before.private_bytes / 1024, after.private_bytes / 1024);
  if (race->both)
    CHECK(race->came[0] && race->came[1]);
  CHECK_AT_MOST(after.handles, most.handles);
  CHECK_AT_MOST(after.blocks, most.blocks);
  CHECK_AT_MOST(after.private_bytes, most.private_bytes);
}
