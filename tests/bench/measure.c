#include "measure.h"

#define CALLS_PER_LOOK 10 /* at the clock */

double measure_us;

double now_us(void)
{
  static LARGE_INTEGER frequency;
  LARGE_INTEGER counter;
  if (!frequency.QuadPart)
    QueryPerformanceFrequency(&frequency);
  QueryPerformanceCounter(&counter);
  return (double)counter.QuadPart * 1e6 / (double)frequency.QuadPart;
}

double latency(void (*call)(LONG number))
{
  LONG calls = 0;
  for (LONG i = 0; i < WARM_UP; i++)
    call(i);
  double start = now_us(), end = start;
  while (end - start < measure_us) {
    for (int i = 0; i < CALLS_PER_LOOK; i++)
      call(calls++);
    end = now_us();
  }
  return (end - start) / calls;
}
