/*
 * bench_com_client mta|sta MILLISECONDS WHAT...: measures each WHAT for so long, from an
 * apartment of that kind, and prints a line "WHAT value" for it. WHAT is
 *
 *   sync        microseconds of a synchronous call
 *   async       microseconds of Begin_, ISynchronize::Wait and Finish_
 *   flight:N    calls a second with N call objects in flight, finished in the order begun
 *   stop        stops the server
 */
#define COBJMACROS
#include <initguid.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include "bench_com.h"
#include "measure.h"

#define PATIENCE 10000

struct slot {
  AsyncIBenchAdd *call;
  ISynchronize *synchronize;
  LONG number;
};

static IBenchAdd *object;
static struct slot alone;

static void give_up(const char *what, HRESULT result)
{
  printf("FAILED %s %#lx\n", what, (long)result);
  fflush(stdout);
  TerminateProcess(GetCurrentProcess(), 1);
}

static void must(const char *what, HRESULT result)
{
  if (result != S_OK)
    give_up(what, result);
}

/* ---- one call after the other ---- */

static void call_sync(LONG i)
{
  LONG sum = 0;
  must("Add", IBenchAdd_Add(object, i, 1, &sum));
  if (sum != i + 1)
    give_up("sum", E_FAIL);
}

static void slot_create(struct slot *slot)
{
  ICallFactory *factory;
  must("ICallFactory", IBenchAdd_QueryInterface(object, &IID_ICallFactory, (void **)&factory));
  must("CreateCall", ICallFactory_CreateCall(factory, &IID_AsyncIBenchAdd, NULL,
                                             &IID_AsyncIBenchAdd, (IUnknown **)&slot->call));
  must("ISynchronize", AsyncIBenchAdd_QueryInterface(slot->call, &IID_ISynchronize,
                                                     (void **)&slot->synchronize));
  ICallFactory_Release(factory);
}

static void slot_destroy(struct slot *slot)
{
  ISynchronize_Release(slot->synchronize);
  AsyncIBenchAdd_Release(slot->call);
}

static void slot_begin(struct slot *slot, LONG number)
{
  slot->number = number;
  must("Begin_Add", AsyncIBenchAdd_Begin_Add(slot->call, number, 1));
}

static void slot_finish(struct slot *slot)
{
  LONG sum = 0;
  must("Wait", ISynchronize_Wait(slot->synchronize, 0, PATIENCE));
  must("Finish_Add", AsyncIBenchAdd_Finish_Add(slot->call, &sum));
  if (sum != slot->number + 1)
    give_up("sum", E_FAIL);
}

static void call_async(LONG i)
{
  slot_begin(&alone, i);
  slot_finish(&alone);
}

/* ---- many ---- */

static double flight(int count)
{
  struct slot *slots = calloc(count, sizeof(*slots));
  LONG number = 0, done = 0;
  double start = 0, end = 0;
  if (!slots)
    give_up("flight", E_OUTOFMEMORY);
  for (int i = 0; i < count; i++)
    slot_create(&slots[i]);
  for (int i = 0; i < count; i++)
    slot_begin(&slots[i], number++);
  for (int i = 0; i < WARM_UP + count || end - start < measure_us; i++) {
    struct slot *slot = &slots[i % count];
    if (i == WARM_UP + count) {
      start = now_us();
      done = 0;
    }
    slot_finish(slot);
    slot_begin(slot, number++);
    done++;
    if (start)
      end = now_us();
  }
  for (int i = 0; i < count; i++) {
    slot_finish(&slots[i]);
    slot_destroy(&slots[i]);
  }
  free(slots);
  return done * 1e6 / (end - start);
}

int main(int argc, char **argv)
{
  if (argc < 4)
    return 2;
  SetErrorMode(SEM_NOGPFAULTERRORBOX);
  must("CoInitializeEx",
       CoInitializeEx(NULL, strcmp(argv[1], "sta") ? COINIT_MULTITHREADED
                                                   : COINIT_APARTMENTTHREADED));
  measure_us = atof(argv[2]) * 1000;
  must("CoCreateInstance", CoCreateInstance(&CLSID_BenchAdd, NULL, CLSCTX_LOCAL_SERVER,
                                            &IID_IBenchAdd, (void **)&object));
  for (int i = 3; i < argc; i++) {
    if (!strcmp(argv[i], "sync")) {
      printf("sync %.2f\n", latency(call_sync));
    } else if (!strcmp(argv[i], "async")) {
      slot_create(&alone);
      printf("async %.2f\n", latency(call_async));
      slot_destroy(&alone);
    } else if (!strncmp(argv[i], "flight:", 7)) {
      printf("%s %.1f\n", argv[i], flight(atoi(argv[i] + 7)));
    } else if (!strcmp(argv[i], "stop")) {
      must("Stop", IBenchAdd_Stop(object));
    }
    fflush(stdout);
  }
  TerminateProcess(GetCurrentProcess(), 0);
}
