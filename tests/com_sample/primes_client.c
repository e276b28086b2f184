/*
 * A client of the class Primes that makes its calls asynchronously.
 *
 *   primes_client
 *
 * The server has to be registered (primes_server /RegServer); COM starts it. What is printed:
 *
 *   SYNC <primes>             a synchronous call, as any COM client makes it
 *   FACTORY <result>          whether the proxy has ICallFactory: E_NOINTERFACE ends the
 * program ASYNC <server> + <own>    one call, and what this program has counted meanwhile
 *   FLIGHT <what>             many calls at a time, and the sum of their answers
 *   CANCEL <result>           what became of a call that was cancelled
 *   FAIL <what> <result>      for whatever did not go as it should
 *   DONE                      last
 */
#define COBJMACROS
#include <initguid.h>
#include <stdio.h>
#include <stdlib.h>

#include "primes.h"

#include "count_primes.h"

#define MILLION     1000000UL
#define IN_FLIGHT   200   /* call objects */
#define PATIENCE_MS 30000 /* for an answer to come */
#define WATCHDOG_MS 60000 /* for everything */

static void done(int code)
{
  printf("DONE\n");
  fflush(stdout);
  ExitProcess(code);
}

static void must(const char *what, HRESULT result)
{
  if (result == S_OK)
    return;
  printf("FAIL %s 0x%08lx\n", what, (unsigned long)result);
  done(1);
}

static DWORD WINAPI watchdog(void *parameter)
{
  (void)parameter;
  Sleep(WATCHDOG_MS);
  printf("FAIL time-out\nDONE\n");
  fflush(stdout);
  TerminateProcess(GetCurrentProcess(), 1);
  return 0;
}

/*
 * A call object is for one call at a time, and can be used again after Finish_. It has the
 * asynchronous interface, ISynchronize, and ICancelMethodCalls.
 */
struct call {
  AsyncIPrimes *primes;
  ISynchronize *synchronize;
};

static void call_create(ICallFactory *factory, struct call *call)
{
  must("CreateCall", ICallFactory_CreateCall(factory, &IID_AsyncIPrimes, NULL,
                                             &IID_AsyncIPrimes, (IUnknown **)&call->primes));
  must("ISynchronize", AsyncIPrimes_QueryInterface(call->primes, &IID_ISynchronize,
                                                   (void **)&call->synchronize));
}

static void call_release(struct call *call)
{
  ISynchronize_Release(call->synchronize);
  AsyncIPrimes_Release(call->primes);
}

/* Waits for the call to be complete; Finish_ says what the method has returned. */
static ULONG call_finish(struct call *call)
{
  ULONG primes = 0;

  must("Wait", ISynchronize_Wait(call->synchronize, COWAIT_DEFAULT, PATIENCE_MS));
  must("Finish_Count", AsyncIPrimes_Finish_Count(call->primes, &primes));
  return primes;
}

/* Begin_ returns at once. The server counts, and so do we. */
static void count_together(ICallFactory *factory)
{
  struct call call;
  ULONG own, servers;

  call_create(factory, &call);
  must("Begin_Count", AsyncIPrimes_Begin_Count(call.primes, 0, MILLION));
  own = count_primes(MILLION, 2 * MILLION);
  servers = call_finish(&call);
  printf("ASYNC %lu + %lu\n", servers, own);
  call_release(&call);
}

/* One call object for each call in flight, and no thread for any of them. */
static void count_in_parts(ICallFactory *factory)
{
  static struct call calls[IN_FLIGHT];
  const ULONG part = 2 * MILLION / IN_FLIGHT;
  ULONG primes = 0;

  for (ULONG i = 0; i < IN_FLIGHT; i++) {
    call_create(factory, &calls[i]);
    must("Begin_Count", AsyncIPrimes_Begin_Count(calls[i].primes, i * part, (i + 1) * part));
  }
  for (ULONG i = 0; i < IN_FLIGHT; i++) {
    primes += call_finish(&calls[i]);
    call_release(&calls[i]);
  }
  printf("FLIGHT %d calls: %lu primes\n", IN_FLIGHT, primes);
}

/* Cancel with 0 seconds: the call is over for us, whatever the server does. */
static void cancel_one(ICallFactory *factory)
{
  ICancelMethodCalls *cancel;
  struct call call;
  ULONG primes;

  call_create(factory, &call);
  must("ICancelMethodCalls",
       AsyncIPrimes_QueryInterface(call.primes, &IID_ICancelMethodCalls, (void **)&cancel));
  must("Begin_Count",
       AsyncIPrimes_Begin_Count(call.primes, 1000 * MILLION, 1000 * MILLION + MILLION / 4));
  must("Cancel", ICancelMethodCalls_Cancel(cancel, 0));
  printf("CANCEL 0x%08lx\n", (unsigned long)AsyncIPrimes_Finish_Count(call.primes, &primes));
  ICancelMethodCalls_Release(cancel);
  call_release(&call);
}

int main(void)
{
  ICallFactory *factory;
  IPrimes *primes;
  ULONG count = 0;
  HRESULT result;

  setvbuf(stdout, NULL, _IONBF, 0);
  SetErrorMode(SEM_NOGPFAULTERRORBOX);
  CloseHandle(CreateThread(NULL, 0, watchdog, NULL, 0, NULL));
  must("CoInitializeEx", CoInitializeEx(NULL, COINIT_MULTITHREADED));
  must("CoCreateInstance", CoCreateInstance(&CLSID_Primes, NULL, CLSCTX_LOCAL_SERVER,
                                            &IID_IPrimes, (void **)&primes));
  must("Count", IPrimes_Count(primes, 0, MILLION, &count));
  printf("SYNC %lu\n", count);

  result = IPrimes_QueryInterface(primes, &IID_ICallFactory, (void **)&factory);
  printf("FACTORY 0x%08lx\n", (unsigned long)result);
  if (result == S_OK) {
    count_together(factory);
    count_in_parts(factory);
    cancel_one(factory);
    ICallFactory_Release(factory);
  }
  IPrimes_Release(primes);
  CoUninitialize();
  done(result == S_OK ? 0 : 1);
}
