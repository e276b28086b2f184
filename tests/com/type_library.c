/*
 * Calls by the stubs that oleaut32 makes of a type library: call contexts, impersonation,
 * CoTestCancel and message filters are there as for stubs of proxy DLLs.
 */
#include "call_context_checks.h"
#include "filter.h"
#include "helper.h"
#include "reference_text.h"
#include "tally.h"

#include <stdlib.h>

/* ---- clients ---- */

static LONG add(ITally *tally, LONG value)
{
  LONG sum = 0;

  CHECK_EQ(tally->lpVtbl->Add(tally, value, &sum), S_OK);
  return sum;
}

/* By IDispatch::Invoke, of ITally and of IDispatch. */
static LONG add_late(IDispatch *dispatch, LONG value)
{
  VARIANTARG argument;
  VARIANT result;
  DISPPARAMS parameters = {&argument, NULL, 1, 0};

  VariantInit(&result);
  V_VT(&argument) = VT_I4;
  V_I4(&argument) = value;
  CHECK_EQ(IDispatch_Invoke(dispatch, TALLY_ADD_ID, &IID_NULL, LOCALE_NEUTRAL, DISPATCH_METHOD,
                            &parameters, &result, NULL, NULL),
           S_OK);
  CHECK_EQ(V_VT(&result), VT_I4);
  return V_I4(&result);
}

static void add_in_every_way(ITally *tally)
{
  IDispatch *dispatch;

  CHECK_EQ(add(tally, 1), 1);
  CHECK_EQ(add_late((IDispatch *)tally, 2), 3);
  CHECK_EQ(tally->lpVtbl->QueryInterface(tally, &IID_IDispatch, (void **)&dispatch), S_OK);
  CHECK_EQ(add_late(dispatch, 3), 6);
  IDispatch_Release(dispatch);
  CHECK_EQ(add(tally, 4), 10);
}
#define CALLS 4

struct client {
  IStream *stream;
  void (*body)(ITally *tally);
};

static void run_client(void *context)
{
  struct client *client = context;
  ITally *tally;

  CHECK_EQ(CoGetInterfaceAndReleaseStream(client->stream, &IID_ITally, (void **)&tally), S_OK);
  client->body(tally);
  tally->lpVtbl->Release(tally);
}

/* To an object of the caller's apartment. */
static void call_from(enum apartment apartment, struct tally *tally, void (*body)(ITally *))
{
  struct client client = {NULL, body};

  CHECK_EQ(CoMarshalInterThreadInterfaceInStream(&IID_ITally, (IUnknown *)&tally->tally,
                                                 &client.stream),
           S_OK);
  apartment_run(apartment, run_client, &client);
}

/* ---- call contexts ---- */

static LONG calls;
static IServerSecurity *kept;

static void look_at_context(struct tally *tally)
{
  (void)tally;
  check_blanket();
  impersonate_and_revert();
  CHECK_EQ(CoTestCancel(), RPC_S_CALLPENDING);
  if (kept)
    IServerSecurity_Release(kept);
  kept = security_of_call();
  CHECK_EQ(CoImpersonateClient(), S_OK); /* and leaves it */
  calls++;
}

static void check_calls_from(enum apartment apartment)
{
  struct tally tally;

  tally_register();
  tally_init(&tally, look_at_context);
  call_from(apartment, &tally, add_in_every_way);
  CHECK_EQ(calls, CALLS);
  check_refused(kept);
  IServerSecurity_Release(kept);
  check_no_context();
  CHECK_EQ(tally.references, 1);
  tally_unregister();
}

IN_STA(methods_have_a_call_context_and_their_impersonation_ends_with_them_in_an_sta)
{
  check_calls_from(MTA);
}

IN_MTA(methods_have_a_call_context_and_their_impersonation_ends_with_them_in_the_mta)
{
  check_calls_from(STA);
}

/* ---- servers ---- */

static void no_look(struct tally *tally)
{
  (void)tally;
}

static void wait_for_stop(void *unused)
{
  (void)unused;
  helper_wait_for_stop();
}

/* Arguments: apartment, what its filter says, how often (to Add). */
HELPER(tally_server)
{
  struct filter filter;
  struct tally tally;
  bool sta, filters;
  char text[256];

  CHECK_EQ(argc, 3);
  sta = atoi(argv[0]) == STA;
  filters = atoi(argv[2]) != 0;
  CHECK_EQ(CoInitializeEx(NULL, sta ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED), S_OK);
  tally_init(&tally, filters ? no_look : look_at_context);
  filter_init(&filter);
  filter.iid = &IID_ITally;
  filter.method = TALLY_ADD;
  filter.verdict = strtoul(argv[1], NULL, 10);
  filter.verdicts = atoi(argv[2]);
  if (filters)
    filter_register(&filter);
  reference_to_text(&IID_ITally, (IUnknown *)&tally.tally, text, sizeof(text));
  helper_ready(text);
  apartment_run(MTA, wait_for_stop, NULL);
  if (filters)
    filter_revoke(&filter);
  else
    check_refused(kept);
  CoUninitialize();
}

static void call_process(const char *arguments, void (*body)(ITally *tally))
{
  struct helper process;
  ITally *tally;

  tally_register();
  helper_start(&process, "tally_server", arguments, RUNTIME_SHIM);
  tally = reference_from_text(&IID_ITally, process.text);
  body(tally);
  tally->lpVtbl->Release(tally);
  helper_stop(&process);
  tally_unregister();
}

static void call_process_of(enum apartment apartment)
{
  char arguments[16];

  snprintf(arguments, sizeof(arguments), "%d 0 0", apartment);
  call_process(arguments, add_in_every_way);
}

IN_EACH_APARTMENT(methods_have_a_call_context_in_another_process)
{
  call_process_of(STA);
  call_process_of(MTA);
}

/* ---- message filters ---- */

static void add_rejected(ITally *tally)
{
  LONG sum = 0;

  for (int i = 0; i < 2; i++)
    CHECK_EQ(tally->lpVtbl->Add(tally, 1, &sum), RPC_E_SERVERCALL_RETRYLATER);
  CHECK_EQ(tally->lpVtbl->Add(tally, 1, &sum), S_OK);
  CHECK_EQ(sum, 1);
}

static void add_by_filter(ITally *tally)
{
  struct filter filter;

  filter_init(&filter);
  filter.answer = 0;
  filter_register(&filter);
  CHECK_EQ(add(tally, 1), 1);
  CHECK_EQ(filter.retries, 2);
  CHECK_EQ(filter.type, SERVERCALL_RETRYLATER);
  filter_revoke(&filter);
}

static void check_put_off(enum apartment apartment, void (*body)(ITally *tally))
{
  struct filter filter;
  struct tally tally;

  tally_register();
  tally_init(&tally, no_look);
  filter_init(&filter);
  filter.iid = &IID_ITally;
  filter.method = TALLY_ADD;
  filter.verdict = SERVERCALL_RETRYLATER;
  filter.verdicts = 2;
  filter_register(&filter);
  call_from(apartment, &tally, body);
  CHECK_EQ(filter.incoming, 3);
  filter_revoke(&filter);
  tally_unregister();
}

IN_STA(a_filter_puts_calls_of_the_same_process_off)
{
  check_put_off(MTA, add_rejected);
  check_put_off(STA, add_rejected);
}

IN_STA(a_call_of_the_same_process_that_was_put_off_is_sent_again)
{
  check_put_off(STA, add_by_filter);
}

IN_STA(a_filter_puts_calls_of_another_process_off)
{
  char arguments[16];

  snprintf(arguments, sizeof(arguments), "%d %d 2", STA, SERVERCALL_RETRYLATER);
  call_process(arguments, add_rejected);
  call_process(arguments, add_by_filter);
}

/* ---- error information ---- */

static void set_error(struct tally *tally)
{
  ICreateErrorInfo *created;
  IErrorInfo *error;

  CHECK_EQ(CreateErrorInfo(&created), S_OK);
  CHECK_EQ(ICreateErrorInfo_SetDescription(created, (OLECHAR *)L"too much"), S_OK);
  CHECK_EQ(ICreateErrorInfo_QueryInterface(created, &IID_IErrorInfo, (void **)&error), S_OK);
  CHECK_EQ(SetErrorInfo(0, error), S_OK);
  IErrorInfo_Release(error);
  ICreateErrorInfo_Release(created);
  tally->result = DISP_E_OVERFLOW;
}

static void check_error(HRESULT result)
{
  IErrorInfo *error = NULL;
  BSTR text = NULL;

  CHECK_EQ(result, DISP_E_OVERFLOW);
  CHECK_EQ(GetErrorInfo(0, &error), S_OK);
  CHECK_EQ(IErrorInfo_GetDescription(error, &text), S_OK);
  CHECK_WIDE_EQ(text, L"too much");
  SysFreeString(text);
  IErrorInfo_Release(error);
}

static HRESULT fail_late(IDispatch *dispatch)
{
  VARIANTARG argument = {.vt = VT_I4};
  DISPPARAMS parameters = {&argument, NULL, 1, 0};
  VARIANT result;

  VariantInit(&result);
  return IDispatch_Invoke(dispatch, TALLY_ADD_ID, &IID_NULL, LOCALE_NEUTRAL, DISPATCH_METHOD,
                          &parameters, &result, NULL, NULL);
}

static void fail_to_add(ITally *tally)
{
  IDispatch *dispatch;
  LONG sum = 0;

  check_error(tally->lpVtbl->Add(tally, 1, &sum));
  check_error(fail_late((IDispatch *)tally));
  CHECK_EQ(tally->lpVtbl->QueryInterface(tally, &IID_IDispatch, (void **)&dispatch), S_OK);
  check_error(fail_late(dispatch));
  IDispatch_Release(dispatch);
}

/* IDispatch's methods of the dual interface come to a stub that has no object to ask. */
static void check_errors(enum apartment apartment)
{
  struct tally tally;

  tally_register();
  tally_init(&tally, set_error);
  call_from(apartment, &tally, fail_to_add);
  CHECK_EQ(tally.references, 1);
  tally_unregister();
}

IN_STA(error_information_travels_from_an_sta)
{
  check_errors(MTA);
}

IN_MTA(error_information_travels_from_the_mta)
{
  check_errors(STA);
}

/* ---- cancels ---- */

static HANDLE entered;

static void serve_till_cancel(struct tally *tally)
{
  (void)tally;
  SetEvent(entered);
  while (CoTestCancel() == RPC_S_CALLPENDING)
    Sleep(1);
  CHECK_EQ(CoTestCancel(), RPC_E_CALL_CANCELED);
}

#define LONG_TIME 3600 /* seconds that no test waits for */

static void cancel_once_entered(void *caller)
{
  CHECK_SIGNALLED(entered);
  CHECK_EQ(CoCancelCall(*(DWORD *)caller, LONG_TIME), RPC_E_CALL_COMPLETE);
}

static void add_cancelled(ITally *tally)
{
  struct apartment_thread thread;
  DWORD caller = GetCurrentThreadId();

  CHECK_EQ(CoEnableCallCancellation(NULL), S_OK);
  apartment_start(&thread, MTA, cancel_once_entered, &caller);
  CHECK_EQ(add(tally, 1), 1);
  apartment_join(&thread);
}

static void check_cancel(enum apartment apartment)
{
  struct tally tally;

  tally_register();
  entered = CreateEventW(NULL, FALSE, FALSE, NULL);
  tally_init(&tally, serve_till_cancel);
  call_from(apartment, &tally, add_cancelled);
  CloseHandle(entered);
  tally_unregister();
}

IN_STA(a_method_learns_of_a_cancel_in_an_sta)
{
  check_cancel(MTA);
}

IN_MTA(a_method_learns_of_a_cancel_in_the_mta)
{
  check_cancel(STA);
}
