/* What the benchmark's clients measure with. One thread. */
#ifndef ASYNCSHIM_BENCH_MEASURE_H
#define ASYNCSHIM_BENCH_MEASURE_H

#include <windows.h>

#define WARM_UP 50 /* calls before the clock starts */

extern double measure_us; /* how long one measurement takes; set by main() */

double now_us(void);
/* Microseconds of a call, made one after the other; each is given a number of its own. */
double latency(void (*call)(LONG number));

#endif
