/*
 * Error information: what a server's method sets with SetErrorInfo is what GetErrorInfo gives
 * to its caller, wherever both are and however the call is made and processed.
 */
#include "error_server.h"
#include "numbers_calls.h"
#include "proxy_dll.h"

/* ---- every place ---- */

struct client {
  IStream *stream;
  void (*body)(INumbers *numbers);
};

static void run_client(void *context)
{
  struct client *client = context;
  INumbers *numbers;

  CHECK_EQ(CoGetInterfaceAndReleaseStream(client->stream, &IID_INumbers, (void **)&numbers),
           S_OK);
  client->body(numbers);
  INumbers_Release(numbers);
}

/* Runs body(proxy) in another apartment; the object is in this one. */
static void call_from(enum apartment apartment, struct error_object *object,
                      void (*body)(INumbers *numbers))
{
  struct client client = {NULL, body};

  proxy_dll_register();
  CHECK_EQ(CoMarshalInterThreadInterfaceInStream(
               &IID_INumbers, (IUnknown *)&object->calls.numbers.numbers, &client.stream),
           S_OK);
  apartment_run(apartment, run_client, &client);
  while (object->calls.objects)
    SwitchToThread(); /* a worker that has signalled */
}

static void call_synchronously(INumbers *numbers)
{
  error_call_all(numbers, error_square_synchronous);
}

static void call_asynchronously(INumbers *numbers)
{
  error_call_all(numbers, error_square_asynchronous);
}

static void check_from(enum apartment apartment)
{
  for (size_t i = 0; i < ERROR_MANNERS; i++) {
    struct error_object object;

    error_object_init(&object, error_manners[i]);
    call_from(apartment, &object, call_synchronously);
    call_from(apartment, &object, call_asynchronously);
  }
}

IN_MTA(errors_travel_from_the_mta_to_an_sta)
{
  check_from(STA);
}

IN_STA(errors_travel_from_an_sta_to_the_mta)
{
  check_from(MTA);
}

IN_STA(errors_travel_from_an_sta_to_an_sta)
{
  check_from(STA);
}

IN_MTA(errors_travel_from_the_mta_of_another_process_to_the_mta)
{
  error_server_call(MTA, NULL);
}

IN_MTA(errors_travel_from_an_sta_of_another_process_to_the_mta)
{
  error_server_call(STA, NULL);
}

IN_STA(errors_travel_from_the_mta_of_another_process_to_an_sta)
{
  error_server_call(MTA, NULL);
}

IN_STA(errors_travel_from_an_sta_of_another_process_to_an_sta)
{
  error_server_call(STA, NULL);
}

/* ---- what the object says ---- */

static void expect_none_of_any(INumbers *numbers)
{
  LONG result;

  for (int kind = 0; kind < ERR_RAISED; kind++) {
    error_set(ERR_FULL);
    CHECK_EQ(INumbers_Square(numbers, kind, &result), NUMBER_TOO_LARGE);
    error_check_none();
  }
}

static void check_unsupported(bool has_support, HRESULT supports)
{
  for (size_t i = 0; i < ERROR_MANNERS; i++) {
    struct error_object object;

    error_object_init(&object, error_manners[i]);
    object.has_support = has_support;
    object.supports = supports;
    call_from(MTA, &object, expect_none_of_any);
  }
}

IN_STA(an_object_without_isupporterrorinfo_has_no_errors)
{
  check_unsupported(false, S_OK);
}

IN_STA(an_interface_of_which_isupporterrorinfo_says_no_has_no_errors)
{
  check_unsupported(true, S_FALSE);
  check_unsupported(true, E_FAIL);
}

/* The way that the documentation has for clients: the error is asked for last. */
static void ask_as_documented(INumbers *numbers)
{
  ISupportErrorInfo *support;
  LONG result;

  CHECK_EQ(INumbers_Square(numbers, ERR_FULL, &result), NUMBER_TOO_LARGE);
  CHECK_EQ(INumbers_QueryInterface(numbers, &IID_ISupportErrorInfo, (void **)&support), S_OK);
  CHECK_EQ(ISupportErrorInfo_InterfaceSupportsErrorInfo(support, &IID_INumbers), S_OK);
  ISupportErrorInfo_Release(support);
  CHECK_EQ(SetErrorInfo(0, NULL), S_OK);
  error_check_none();
  CHECK_EQ(INumbers_Square(numbers, ERR_FULL, &result), NUMBER_TOO_LARGE);
  CHECK_EQ(INumbers_QueryInterface(numbers, &IID_ISupportErrorInfo, (void **)&support), S_OK);
  CHECK_EQ(ISupportErrorInfo_InterfaceSupportsErrorInfo(support, &IID_IPlain), S_FALSE);
  CHECK_EQ(ISupportErrorInfo_InterfaceSupportsErrorInfo(support, &IID_INumbers), S_OK);
  ISupportErrorInfo_Release(support);
  {
    IErrorInfo *error;

    CHECK_EQ(GetErrorInfo(0, &error), S_OK);
    IErrorInfo_Release(error);
  }
}

IN_STA(a_client_finds_out_whether_there_is_an_error_and_then_asks_for_it)
{
  struct error_object object;

  error_object_init(&object, LACK_FACTORY);
  call_from(MTA, &object, ask_as_documented);
  error_object_init(&object, REFUSE_CALL);
  call_from(MTA, &object, ask_as_documented);
}

/* ---- whose thread ---- */

static void expect_nothing(INumbers *numbers)
{
  error_call(numbers, ERR_NONE, error_square_synchronous);
}

/* The object's Square sees to it that there is none when it begins. */
IN_STA(an_error_that_an_stas_thread_has_itself_is_none_of_a_client)
{
  for (size_t i = 0; i < ERROR_MANNERS; i++) {
    struct error_object object;

    error_object_init(&object, error_manners[i]);
    error_set(ERR_FULL);
    call_from(MTA, &object, expect_nothing);
    CHECK_EQ(SetErrorInfo(0, NULL), S_OK);
  }
}

static void finish(void *context)
{
  AsyncINumbers *call = context;
  LONG result;

  error_set(ERR_EMPTY);
  CHECK_EQ(AsyncINumbers_Finish_Square(call, &result), NUMBER_TOO_LARGE);
  {
    IErrorInfo *error;
    BSTR text;

    CHECK_EQ(GetErrorInfo(0, &error), S_OK);
    CHECK_EQ(IErrorInfo_GetSource(error, &text), S_OK);
    CHECK_WIDE_EQ(text, L"Numbers.Object.1");
    SysFreeString(text);
    IErrorInfo_Release(error);
  }
}

static void begin_and_finish_elsewhere(INumbers *numbers)
{
  AsyncINumbers *call = numbers_new_call(numbers);

  error_set(ERR_FULL);
  CHECK_EQ(AsyncINumbers_Begin_Square(call, ERR_FULL), S_OK);
  error_check_none();
  apartment_run(MTA, finish, call);
  error_check_none();
  AsyncINumbers_Release(call);
}

IN_STA(the_error_of_an_asynchronous_call_is_on_the_thread_that_finishes_it)
{
  struct error_object object;

  error_object_init(&object, SIGNAL_FROM_THREAD);
  call_from(MTA, &object, begin_and_finish_elsewhere);
}

/* ---- a Begin_ that fails ---- */

static void fail_with_error(void)
{
  error_set(ERR_FULL);
}

static void expect_error_of_begin(INumbers *numbers)
{
  IErrorInfo *error;
  LONG result;

  CHECK_EQ(INumbers_Square(numbers, 0, &result), BEGIN_FAILURE);
  CHECK_EQ(GetErrorInfo(0, &error), S_OK);
  IErrorInfo_Release(error);
  CHECK_EQ(INumbers_Nothing(numbers), BEGIN_FAILURE);
  CHECK_EQ(GetErrorInfo(0, &error), S_OK);
  IErrorInfo_Release(error);
}

IN_STA(a_begin_that_fails_has_an_error_too)
{
  struct error_object object;

  error_object_init(&object, FAIL_BEGIN);
  object.calls.in_failure = fail_with_error;
  call_from(MTA, &object, expect_error_of_begin);
}

/* ---- error objects of the client's own ---- */

/* A lock of COM's is held where the call begins and ends. */
static void call_with_own_objects(INumbers *numbers)
{
  struct foreign_error errors[3];

  for (size_t i = 0; i < ARRAYSIZE(errors); i++) {
    foreign_error_init(&errors[i]);
    CHECK_EQ(SetErrorInfo(0, &errors[i].iface), S_OK);
    error_call(numbers, ERR_FULL, error_square_synchronous);
  }
  for (int i = 0; i < 2; i++)
    error_call(numbers, ERR_NOTHING, error_square_synchronous);
  for (size_t i = 0; i < ARRAYSIZE(errors); i++) {
    CHECK_EQ(errors[i].references, 1);
    CHECK_EQ(errors[i].released_on, GetCurrentThreadId());
  }
}

IN_STA(an_object_of_the_clients_own_is_released_by_its_thread_when_calls_are_made)
{
  struct error_object object;

  error_object_init(&object, SIGNAL_IN_BEGIN);
  call_from(MTA, &object, call_with_own_objects);
  call_from(STA, &object, call_with_own_objects);
}

IN_MTA(an_object_of_the_servers_own_is_released_when_the_call_is_over)
{
  struct error_object object;

  error_object_init(&object, REFUSE_CALL);
  call_from(STA, &object, call_synchronously);
  CHECK_EQ(error_foreign.references, 1);
}
