/*
 * RpcServerUnregisterIfEx: when it returns, nothing of the interface is called any more. Its
 * context handles have been run down, or are forgotten; the DLL with its stubs may go.
 */
#include "async_call.h"
#include "server.h"
#include "unloaded.h"
#include "unloaded_dll.h"

static struct unloaded_control control;

struct loaded {
  HMODULE dll;
  RPC_IF_HANDLE spec;
  char endpoint[64];
  RPC_BINDING_HANDLE binding;
};

static void load(struct loaded *loaded)
{
  unloaded_begin_function begin;
  RPC_IF_CALLBACK_FN *callback;

  loaded->dll = LoadLibraryW(L"unloaded_dll.dll");
  CHECK(loaded->dll);
  begin =
      (unloaded_begin_function)(void (*)(void))GetProcAddress(loaded->dll, "unloaded_begin");
  CHECK(begin);
  loaded->spec = begin(&control, &callback);
  CHECK_EQ(RpcServerRegisterIfEx(loaded->spec, NULL, NULL,
                                 RPC_IF_AUTOLISTEN | RPC_IF_ALLOW_CALLBACKS_WITH_NO_AUTH,
                                 RPC_C_LISTEN_MAX_CALLS_DEFAULT, callback),
           RPC_S_OK);
}

static void begin(struct loaded *loaded, enum wire wire)
{
  load(loaded);
  endpoint_choose(wire, loaded->endpoint, sizeof(loaded->endpoint));
  CHECK_EQ(RpcServerUseProtseqEpA((RPC_CSTR)wire_protseq(wire), 10, (RPC_CSTR)loaded->endpoint,
                                  NULL),
           RPC_S_OK);
  loaded->binding = endpoint_bind(wire, loaded->endpoint);
}

static void unload(struct loaded *loaded)
{
  CHECK(FreeLibrary(loaded->dll));
  CHECK(!GetModuleHandleW(L"unloaded_dll.dll"));
}

static loaded_t open(struct loaded *loaded)
{
  loaded_t context = NULL;

  loaded_open(loaded->binding, &context);
  CHECK(context);
  return context;
}

/* What the clients still do finds nothing: not on the connections that they have, nor when they
 * leave. */
static void check_gone(struct loaded *loaded, loaded_t *contexts, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    CHECK_EQ(RAISED(loaded_use, contexts[i]), RPC_S_UNKNOWN_IF);
    CHECK_EQ(RpcSmDestroyClientContext(&contexts[i]), RPC_S_OK);
  }
  CHECK_EQ(RpcBindingFree(&loaded->binding), RPC_S_OK);
}

static void contexts_end(enum wire wire, bool run_down)
{
  struct loaded loaded;
  loaded_t contexts[5];

  begin(&loaded, wire);
  for (size_t i = 0; i < ARRAYSIZE(contexts); i++)
    contexts[i] = open(&loaded);
  CHECK_EQ(loaded_use(contexts[4]), 1);
  CHECK(control.checked > 0);
  CHECK_EQ(RpcServerUnregisterIfEx(loaded.spec, NULL, run_down), RPC_S_OK);
  CHECK_EQ(control.run_down, run_down ? 5 : 0);
  unload(&loaded);
  check_gone(&loaded, contexts, ARRAYSIZE(contexts));
  CHECK_EQ(control.run_down, run_down ? 5 : 0);
}

ON_EACH_WIRE(contexts_are_run_down)
{
  contexts_end(wire, true);
}

ON_EACH_WIRE(contexts_are_forgotten)
{
  contexts_end(wire, false);
}

/* Loaded and registered again, it does not know the contexts of the first time. */
ON_EACH_WIRE(contexts_do_not_outlive_the_registration)
{
  struct loaded loaded;
  loaded_t context;

  begin(&loaded, wire);
  context = open(&loaded);
  CHECK_EQ(RpcServerUnregisterIfEx(loaded.spec, NULL, FALSE), RPC_S_OK);
  unload(&loaded);
  load(&loaded);
  CHECK_EQ(RAISED(loaded_use, context), RPC_X_SS_CONTEXT_MISMATCH);
  CHECK_EQ(RpcSmDestroyClientContext(&context), RPC_S_OK);
  context = open(&loaded);
  CHECK_EQ(loaded_use(context), 1);
  CHECK_EQ(RpcServerUnregisterIfEx(loaded.spec, NULL, TRUE), RPC_S_OK);
  CHECK_EQ(control.run_down, 1);
  unload(&loaded);
  check_gone(&loaded, &context, 1);
}

/* RpcServerUnregisterIf leaves them alone, until their client goes. */
ON_EACH_WIRE(plain_unregistering_keeps_contexts)
{
  struct loaded loaded;
  loaded_t context;

  begin(&loaded, wire);
  context = open(&loaded);
  CHECK_EQ(RpcServerUnregisterIf(loaded.spec, NULL, TRUE), RPC_S_OK);
  CHECK_EQ(control.run_down, 0);
  check_gone(&loaded, &context, 1);
  while (!InterlockedCompareExchange(&control.run_down, 0, 0))
    SwitchToThread();
}

static DWORD WINAPI unregister(void *spec)
{
  return (DWORD)RpcServerUnregisterIfEx(spec, NULL, TRUE);
}

/* The client has its answer, but the routine that gave it is in the DLL still. */
ON_EACH_WIRE(a_routine_that_has_answered_is_waited_for)
{
  struct loaded loaded;
  struct async_call call;
  HANDLE thread;
  DWORD status;

  begin(&loaded, wire);
  async_call_init(&call);
  loaded_linger(&call.state, loaded.binding);
  CHECK_EQ(async_call_finish(&call, NULL), RPC_S_OK);
  while (!InterlockedCompareExchange(&control.lingers, 0, 0))
    SwitchToThread();
  thread = CreateThread(NULL, 0, unregister, loaded.spec, 0, NULL);
  CHECK(thread);
  /* Not a proof, but it catches one that does not wait at all. */
  CHECK_EQ(WaitForSingleObject(thread, 100), WAIT_TIMEOUT);
  InterlockedExchange(&control.let_go, 1);
  CHECK_SIGNALLED(thread);
  CHECK(GetExitCodeThread(thread, &status));
  CHECK_EQ(status, RPC_S_OK);
  CloseHandle(thread);
  unload(&loaded);
  check_gone(&loaded, NULL, 0);
}
