/*
 * Format strings as MIDL emits them and widl cannot: written out by hand, client against server
 * in one process.
 */
#include <rpcproxy.h>

#include "../../rpcshim/engine/engine.h"
#include "../../rpcshim/ndr/format.h"
#include "../../rpcshim/ndr/procedure.h"
#include "../../rpcshim/seh/guard.h"
#include "../../rpcshim/seh/raise.h"
#include "../harness/harness.h"
#include "loopback.h"

#define SLOT(n) NdrFcShort((n) * (int)sizeof(void *))

/*
 * On the 32-bit machine a stub hands over the address of its own arguments: it has to be a
 * function that the compiler calls as the ABI says.
 */
#define STUB __attribute__((noipa))
#ifdef _WIN64
#define CALL(format, ...) NdrClientCall2(&description, format, __VA_ARGS__)
#else
#define CALL(format, first, rest) ((void)(rest), NdrClientCall2(&description, format, &(first)))
#endif

static const RPC_CLIENT_INTERFACE client_interface;
static MIDL_STUB_DESC description;

/* ---- types ---- */

static const unsigned char type_strings[] = {
    NdrFcShort(0),
    /* 2: char **, [out, string] */
    FC_RP,
    FC_ALLOCED_ON_STACK | FC_POINTER_DEREF,
    NdrFcShort(2),
    /* 6 */
    FC_UP,
    FC_SIMPLE_POINTER,
    FC_C_CSTRING,
    0x5c,
    /* 10: long[], size_is(the argument in the second slot), with new correlation */
    FC_CARRAY,
    3,
    NdrFcShort(4),
    0x20 | FC_LONG,
    0,
    SLOT(1),
    NdrFcShort(1),
    FC_LONG,
    0x5b,
    /* 22: a struct of two longs */
    FC_STRUCT,
    3,
    NdrFcShort(8),
    FC_LONG,
    FC_LONG,
    0x5c,
    0x5b,
};
enum { TYPE_TEXT = 2, TYPE_ARRAY = 10, TYPE_PAIR = 22 };

/* ---- procedures ---- */

#define OICF_HEADER(handle, flags, number, slots)                                              \
  (handle), (flags) | 0x48, NdrFcLong(0), NdrFcShort(number), SLOT(slots)
/* No constant sizes; `count` parameters; extensions of 8 bytes. */
#define OICF_REST(interpreter, count, extensions, notify)                                      \
  NdrFcShort(0), NdrFcShort(0), (interpreter) | INTERPRETER_HAS_EXTENSIONS, (count), 8,        \
      (extensions), NdrFcShort(0), NdrFcShort(0), NdrFcShort(notify)
#define BASE(flags, slot, type)                                                                \
  NdrFcShort(((flags) | PARAMETER_IS_BASE_TYPE)), SLOT(slot), (type), 0
#define IN_LONG(slot)   BASE(PARAMETER_IS_IN, slot, FC_LONG)
#define RETURN(slot, t) BASE(PARAMETER_IS_OUT | PARAMETER_IS_RETURN, slot, t)

enum {
  PROC_TEXT,
  PROC_HALF,
  PROC_DOUBLE,
  PROC_BY_POINTER,
  PROC_STATUS,
  PROC_NOTIFY,
  PROC_SUM,
  PROC_AUTO,
  PROC_COUNT,
};

static const unsigned char proc_text[] = {
    OICF_HEADER(FC_BIND_PRIMITIVE, 0, PROC_TEXT, 2), OICF_REST(0, 2, 0, 0), IN_LONG(0),
    /* must size, must free, out, 8 bytes of the server's stack */
    NdrFcShort(0x2013), SLOT(1), NdrFcShort(TYPE_TEXT)};
static const unsigned char proc_half[] = {
    OICF_HEADER(FC_BIND_PRIMITIVE, 0, PROC_HALF, 2), OICF_REST(INTERPRETER_HAS_RETURN, 2, 0, 0),
    BASE(PARAMETER_IS_IN, 0, FC_FLOAT), RETURN(1, FC_FLOAT)};
static const unsigned char proc_double[] = {OICF_HEADER(FC_BIND_PRIMITIVE, 0, PROC_DOUBLE, 4),
                                            OICF_REST(INTERPRETER_HAS_RETURN, 2, 0, 0),
                                            BASE(PARAMETER_IS_IN, 0, FC_DOUBLE),
                                            RETURN(2, FC_DOUBLE)};
static const unsigned char proc_by_pointer[] = {OICF_HEADER(0, 0, PROC_BY_POINTER, 3),
                                                FC_BIND_PRIMITIVE,
                                                1,
                                                SLOT(0),
                                                OICF_REST(INTERPRETER_HAS_RETURN, 2, 0, 0),
                                                IN_LONG(1),
                                                RETURN(2, FC_LONG)};
static const unsigned char proc_status[] = {
    OICF_HEADER(FC_BIND_PRIMITIVE, PROCEDURE_HAS_COMM_OR_FAULT, PROC_STATUS, 3),
    OICF_REST(INTERPRETER_HAS_RETURN, 3, 0, 0), IN_LONG(0),
    BASE(PARAMETER_IS_OUT | PARAMETER_IS_SIMPLE_REF | 0x2000, 1, FC_ERROR_STATUS_T),
    RETURN(2, FC_ERROR_STATUS_T)};
static const unsigned char proc_notify[] = {OICF_HEADER(FC_BIND_PRIMITIVE, 0, PROC_NOTIFY, 1),
                                            OICF_REST(0, 1, EXTENSION_NOTIFY2, 1), IN_LONG(0)};
static const unsigned char proc_sum[] = {
    OICF_HEADER(FC_BIND_PRIMITIVE, 0, PROC_SUM, 3),
    OICF_REST(INTERPRETER_HAS_RETURN, 3, EXTENSION_NEW_CORRELATION, 0),
    NdrFcShort(0x10b),
    SLOT(0),
    NdrFcShort(TYPE_ARRAY),
    IN_LONG(1),
    RETURN(2, FC_LONG)};
static const unsigned char proc_auto[] = {OICF_HEADER(FC_AUTO_HANDLE, 0, PROC_AUTO, 2),
                                          OICF_REST(INTERPRETER_HAS_RETURN, 2, 0, 0),
                                          IN_LONG(0), RETURN(1, FC_LONG)};

/* A client's only. */
static const unsigned char proc_with_pipe[] = {OICF_HEADER(FC_BIND_PRIMITIVE, 0, 0, 1),
                                               OICF_REST(INTERPRETER_HAS_PIPES, 1, 0, 0),
                                               NdrFcShort(0x8c), SLOT(0), NdrFcShort(0)};
static const unsigned char proc_of_no_handle[] = {OICF_HEADER(0x77, 0, 0, 1),
                                                  OICF_REST(0, 0, 0, 0)};
static const unsigned char proc_unknown_type[] = {OICF_HEADER(FC_BIND_PRIMITIVE, 0, 0, 1),
                                                  OICF_REST(0, 1, 0, 0),
                                                  BASE(PARAMETER_IS_IN, 0, 0x7f)};

/* ---- the server ---- */

static LONG notified, notified_with = -1;

static void server_text(LONG length, char **text)
{
  CHECK(!*text);
  if (length < 0)
    return;
  *text = midl_user_allocate(length + 1);
  memset(*text, 'y', length);
  (*text)[length] = 0;
}

static float server_half(float value)
{
  return value / 2;
}

static double server_double(double value)
{
  return value * 2;
}

static LONG server_by_pointer(handle_t *binding, LONG value)
{
  CHECK(*binding == I_RpcGetCurrentCallHandle());
  return value + 3;
}

static error_status_t server_status(ULONG raised, error_status_t *status)
{
  *status = 0;
  if (raised)
    raise_status(raised);
  return 5;
}

static void server_notify(ULONG raised)
{
  CHECK_EQ(notified_with, -1);
  if (raised)
    raise_status(raised);
}

static LONG server_sum(LONG *values, LONG count)
{
  LONG sum = 0;

  for (LONG i = 0; i < count; i++)
    sum += values[i];
  return sum;
}

static LONG server_auto(LONG value)
{
  return value * 7;
}

static void __RPC_API note(boolean called)
{
  notified++;
  notified_with = called;
}

static const NDR_NOTIFY_ROUTINE notify_routines[] = {NULL, (NDR_NOTIFY_ROUTINE)(void *)note};
static const COMM_FAULT_OFFSETS comm_fault_offsets[PROC_COUNT] = {
    [PROC_STATUS] = {-1, sizeof(void *)}, /* returned, a parameter */
};
static const SERVER_ROUTINE server_routines[PROC_COUNT] = {
    (SERVER_ROUTINE)(void *)server_text,   (SERVER_ROUTINE)(void *)server_half,
    (SERVER_ROUTINE)(void *)server_double, (SERVER_ROUTINE)(void *)server_by_pointer,
    (SERVER_ROUTINE)(void *)server_status, (SERVER_ROUTINE)(void *)server_notify,
    (SERVER_ROUTINE)(void *)server_sum,    (SERVER_ROUTINE)(void *)server_auto,
};
static const unsigned char *const server_procs[PROC_COUNT] = {
    proc_text,   proc_half,   proc_double, proc_by_pointer,
    proc_status, proc_notify, proc_sum,    proc_auto,
};

static unsigned short server_offsets[PROC_COUNT];
static unsigned char server_strings[1024];
static MIDL_SERVER_INFO server_information;
static RPC_DISPATCH_FUNCTION dispatch[PROC_COUNT];
static RPC_DISPATCH_TABLE dispatch_table = {PROC_COUNT, dispatch, 0};
static RPC_SERVER_INTERFACE server_interface = {
    .Length = sizeof(server_interface),
    .DispatchTable = &dispatch_table,
    .InterpreterInfo = &server_information,
};
static handle_t primitive_handle, auto_handle;

static void begin(void)
{
  primitive_handle = loopback_binding();
  description = (MIDL_STUB_DESC){
      .RpcInterfaceInformation = (void *)&client_interface,
      .pfnAllocate = midl_user_allocate,
      .pfnFree = midl_user_free,
      .IMPLICIT_HANDLE_INFO.pPrimitiveHandle = &primitive_handle,
      .pFormatTypes = type_strings,
      .fCheckBounds = 1,
      .Version = 0x50002,
      .MIDLVersion = 0x6000169,
      .CommFaultOffsets = comm_fault_offsets,
      .NotifyRoutineTable = notify_routines,
      .mFlags = 1,
  };
  /* The strings of all procedures follow each other; 64 bytes are enough for any of them. */
  for (int i = 0; i < PROC_COUNT; i++) {
    server_offsets[i] = (unsigned short)(i * 64);
    memcpy(server_strings + server_offsets[i], server_procs[i], 48);
    dispatch[i] = NdrServerCall2;
  }
  server_information = (MIDL_SERVER_INFO){
      .pStubDesc = &description,
      .DispatchTable = server_routines,
      .ProcString = server_strings,
      .FmtStringOffset = server_offsets,
  };
  loopback_serve((RPC_IF_HANDLE)&server_interface);
}

static void end(void)
{
  loopback_disconnect();
  CHECK_EQ(loopback_live_buffers(), 0);
  CHECK_EQ(loopback_live_memory(), 0);
}

/* A call that may raise: the code, or 0. */
struct attempt {
  const unsigned char *format;
  ULONG_PTR argument;
  ULONG_PTR second;
  CLIENT_CALL_RETURN result;
};

static void attempt_body(void *context)
{
  struct attempt *attempt = context;

  attempt->result = CALL(attempt->format, attempt->argument, attempt->second);
}

static DWORD try_call(struct attempt *attempt)
{
  DWORD code = 0;

  return guarded_call(attempt_body, NULL, attempt, &code) ? 0 : code;
}

/* ---- stubs ---- */

STUB static void client_text(LONG length, char **text)
{
  CALL(proc_text, length, text);
}

/* What a compiler whose stub returns float, double or 64 bits makes of the entry point. */
static float (*const volatile float_entry)(PMIDL_STUB_DESC, PFORMAT_STRING,
                                           ...) = (void *)NdrClientCall2;
static ULONGLONG (*const volatile wide_entry)(PMIDL_STUB_DESC, PFORMAT_STRING,
                                              ...) = (void *)NdrClientCall2;

/* x86_64: the result is in xmm0, too; i686: in the integer registers only. */
static float client_half(float value)
{
#ifdef _WIN64
  return float_entry(&description, proc_half, value);
#else
  ULONGLONG bits = wide_entry(&description, proc_half, &value);
  float half;

  (void)float_entry;
  memcpy(&half, &bits, sizeof(half));
  return half;
#endif
}

static double client_double(double value)
{
#ifdef _WIN64
  ULONGLONG bits = wide_entry(&description, proc_double, value);
#else
  ULONGLONG bits = wide_entry(&description, proc_double, &value);
#endif
  double result;

  memcpy(&result, &bits, sizeof(result));
  return result;
}

STUB static LONG client_by_pointer(handle_t *binding, LONG value)
{
  return (LONG)CALL(proc_by_pointer, binding, value).Simple;
}

STUB static LONG client_sum(LONG *values, LONG count)
{
  return (LONG)CALL(proc_sum, values, count).Simple;
}

STUB static error_status_t client_status(ULONG raised, error_status_t *status)
{
  return (error_status_t)CALL(proc_status, raised, status).Simple;
}

TEST(out_string_behind_two_pointers)
{
  char *text = NULL;

  begin();
  client_text(4, &text);
  CHECK(text && strcmp(text, "yyyy") == 0);
  midl_user_free(text);
  text = NULL;
  client_text(-1, &text);
  CHECK(!text);
  end();
}

TEST(floating_results)
{
  begin();
  CHECK(client_half(5.0f) == 2.5f);
  CHECK(client_double(-1.25) == -2.5);
  end();
}

TEST(handle_by_pointer)
{
  handle_t binding = loopback_binding();

  begin();
  CHECK_EQ(client_by_pointer(&binding, 4), 7);
  end();
}

TEST(failures_as_status)
{
  error_status_t fault = 99;

  begin();
  CHECK_EQ(client_status(0, &fault), 5);
  CHECK_EQ(fault, 0);
  /* The server's: fault_status, and comm_status is 0. */
  CHECK_EQ(client_status(RPC_X_BAD_STUB_DATA, &fault), 0);
  CHECK_EQ(fault, RPC_X_BAD_STUB_DATA);
  /* The communication's. */
  loopback_fail_next(RPC_S_SERVER_UNAVAILABLE);
  CHECK_EQ(client_status(0, &fault), RPC_S_SERVER_UNAVAILABLE);
  CHECK_EQ(fault, 0);
  end();
}

TEST(notify_routine_says_whether_the_manager_ran)
{
  struct attempt attempt = {.format = proc_notify};

  begin();
  CHECK_EQ(try_call(&attempt), 0);
  CHECK_EQ(notified, 1);
  CHECK_EQ(notified_with, 1);
  notified_with = -1;
  loopback_corrupt(4, 0, 0);
  CHECK_EQ(try_call(&attempt), RPC_X_BAD_STUB_DATA);
  CHECK_EQ(notified, 2);
  CHECK_EQ(notified_with, 0);
  end();
}

TEST(new_correlation_descriptors)
{
  LONG values[] = {1, 20, 300};

  begin();
  CHECK_EQ(client_sum(values, 3), 321);
  CHECK_EQ(client_sum(values, 0), 0);
  end();
}

TEST(automatic_handle)
{
  struct attempt attempt = {.format = proc_auto, .argument = 6};

  begin();
  description.IMPLICIT_HANDLE_INFO.pAutoHandle = &auto_handle;
  CHECK_EQ(try_call(&attempt), 0);
  CHECK_EQ(attempt.result.Simple, 42);
  CHECK(auto_handle);
  CHECK_EQ(try_call(&attempt), 0);
  CHECK_EQ(loopback_live_bindings(), 1); /* made once, kept for good */
  end();
}

TEST(what_is_not_done_is_refused)
{
  struct attempt attempt = {.format = proc_with_pipe};

  begin();
  CHECK_EQ(try_call(&attempt), RPC_X_WRONG_STUB_VERSION);
  attempt.format = proc_of_no_handle;
  CHECK_EQ(try_call(&attempt), RPC_X_BAD_STUB_DATA);
  attempt.format = proc_unknown_type;
  CHECK_EQ(try_call(&attempt), RPC_X_BAD_STUB_DATA);
  end();
}

/* ---- version 1: parameters that fill the stack in order ---- */

static const unsigned char old_proc[] = {
    0,
    0x40,
    NdrFcShort(0),
    SLOT(5), /* explicit handle, no RPC flags */
    FC_BIND_PRIMITIVE,
    0,
    SLOT(0),
    FC_IN_PARAM_BASETYPE,
    FC_IGNORE,
    FC_IN_PARAM_BASETYPE,
    FC_SHORT,
    FC_IN_PARAM,
    sizeof(void *) == 8 ? 1 : 2,
    NdrFcShort(TYPE_PAIR), /* a struct by value */
    FC_RETURN_PARAM_BASETYPE,
    FC_LONG,
};

/* The 64-bit machine has 4 slots: the struct takes one. */
static unsigned char old_string[sizeof(old_proc)];

struct pair {
  LONG a, b;
};

static LONG server_old(handle_t binding, short factor, struct pair pair)
{
  CHECK(binding == I_RpcGetCurrentCallHandle());
  return factor * (pair.a + pair.b);
}

STUB static LONG client_old(handle_t binding, short factor, struct pair pair)
{
#ifdef _WIN64
  return (LONG)NdrClientCall2(&description, old_string, binding, factor, pair).Simple;
#else
  (void)factor, (void)pair;
  return (LONG)NdrClientCall2(&description, old_string, &binding).Simple;
#endif
}

TEST(version_1_parameters)
{
  static const SERVER_ROUTINE routines[] = {(SERVER_ROUTINE)(void *)server_old};
  static const unsigned short offsets[] = {0};
  struct pair pair = {5, 6};

  begin();
  memcpy(old_string, old_proc, sizeof(old_proc));
  old_string[4] = (sizeof(void *) == 8 ? 4 : 5) * sizeof(void *);
  description.Version = 0x10001;
  server_information.DispatchTable = routines;
  server_information.ProcString = old_string;
  server_information.FmtStringOffset = offsets;
  dispatch[0] = NdrServerCall;
  CHECK_EQ(client_old(loopback_binding(), -2, pair), -22);
  end();
}
