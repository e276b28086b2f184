#include "error_object.h"

#include <stdlib.h>

#include "numbers_calls.h"

#define ERR_EXCEPTION 0xe0000299

static const WCHAR source[] = L"Numbers.Object.1";
/* Of every plane, and beyond what one byte holds. */
static const WCHAR description[] = L"Zu gro\u00df: \u6570 \xd83d\xde00";
static const WCHAR help_file[] = L"C:\\help\\numbers.chm";
#define HELP_NUMBER 0xfedcba98

/* ---- error objects ---- */

struct foreign_error error_foreign;

static struct foreign_error *foreign_of(IErrorInfo *iface)
{
  return CONTAINING_RECORD(iface, struct foreign_error, iface);
}

static HRESULT STDMETHODCALLTYPE foreign_query_interface(IErrorInfo *iface, REFIID iid,
                                                         void **found)
{
  *found = NULL;
  if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IErrorInfo))
    return E_NOINTERFACE;
  *found = iface;
  IErrorInfo_AddRef(iface);
  return S_OK;
}

static ULONG STDMETHODCALLTYPE foreign_add_ref(IErrorInfo *iface)
{
  return InterlockedIncrement(&foreign_of(iface)->references);
}

static ULONG STDMETHODCALLTYPE foreign_release(IErrorInfo *iface)
{
  foreign_of(iface)->released_on = GetCurrentThreadId();
  return InterlockedDecrement(&foreign_of(iface)->references);
}

static HRESULT STDMETHODCALLTYPE foreign_guid(IErrorInfo *iface, GUID *guid)
{
  (void)iface;
  *guid = IID_INumbers;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE foreign_source(IErrorInfo *iface, BSTR *text)
{
  (void)iface;
  *text = SysAllocString(source);
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE foreign_description(IErrorInfo *iface, BSTR *text)
{
  (void)iface;
  *text = NULL;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE foreign_help_file(IErrorInfo *iface, BSTR *text)
{
  (void)iface;
  *text = (BSTR)(ULONG_PTR)1; /* nobody may look at it */
  return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE foreign_help_context(IErrorInfo *iface, DWORD *context)
{
  (void)iface;
  *context = HELP_NUMBER;
  return S_OK;
}

void foreign_error_init(struct foreign_error *error)
{
  static IErrorInfoVtbl methods = {
      foreign_query_interface, foreign_add_ref,     foreign_release,   foreign_guid,
      foreign_source,          foreign_description, foreign_help_file, foreign_help_context};

  *error = (struct foreign_error){{&methods}, 1, 0};
}

static void set_object(ICreateErrorInfo *maker)
{
  IErrorInfo *error;

  CHECK_EQ(ICreateErrorInfo_QueryInterface(maker, &IID_IErrorInfo, (void **)&error), S_OK);
  CHECK_EQ(SetErrorInfo(0, error), S_OK);
  IErrorInfo_Release(error);
  ICreateErrorInfo_Release(maker);
}

static ICreateErrorInfo *new_object(void)
{
  ICreateErrorInfo *maker;

  CHECK_EQ(CreateErrorInfo(&maker), S_OK);
  CHECK_EQ(ICreateErrorInfo_SetGUID(maker, &IID_INumbers), S_OK);
  return maker;
}

static void set_full(void)
{
  ICreateErrorInfo *maker = new_object();

  CHECK_EQ(ICreateErrorInfo_SetSource(maker, (LPOLESTR)source), S_OK);
  CHECK_EQ(ICreateErrorInfo_SetDescription(maker, (LPOLESTR)description), S_OK);
  CHECK_EQ(ICreateErrorInfo_SetHelpFile(maker, (LPOLESTR)help_file), S_OK);
  CHECK_EQ(ICreateErrorInfo_SetHelpContext(maker, HELP_NUMBER), S_OK);
  set_object(maker);
}

static void set_long(void)
{
  WCHAR *text = malloc((ERR_LONG_TEXT + 1) * sizeof(WCHAR));
  ICreateErrorInfo *maker = new_object();

  CHECK(text);
  for (int i = 0; i < ERR_LONG_TEXT; i++)
    text[i] = (WCHAR)(L'a' + i % 26);
  text[ERR_LONG_TEXT] = 0;
  CHECK_EQ(ICreateErrorInfo_SetDescription(maker, text), S_OK);
  CHECK_EQ(ICreateErrorInfo_SetSource(maker, (LPOLESTR)L""), S_OK);
  free(text);
  set_object(maker);
}

void error_set(enum error_kind kind)
{
  switch (kind) {
  case ERR_EMPTY:
    set_object(new_object());
    break;
  case ERR_LONG:
    set_long();
    break;
  case ERR_FOREIGN:
    foreign_error_init(&error_foreign);
    CHECK_EQ(SetErrorInfo(0, &error_foreign.iface), S_OK);
    break;
  case ERR_NONE:
  case ERR_NOTHING:
    break;
  default:
    set_full();
  }
}

/* ---- the object ---- */

static HRESULT STDMETHODCALLTYPE square(INumbers *numbers, LONG value, LONG *result)
{
  (void)numbers;
  error_check_none(); /* whatever the thread has served before */
  error_set(value);
  if (value == ERR_CLEARED)
    CHECK_EQ(SetErrorInfo(0, NULL), S_OK);
  if (value == ERR_RAISED)
    RaiseException(ERR_EXCEPTION, 0, 0, NULL);
  *result = value * value;
  return value == ERR_NOTHING || value == ERR_SUCCESS ? S_OK : NUMBER_TOO_LARGE;
}

static struct error_object *object_of(ISupportErrorInfo *support)
{
  return CONTAINING_RECORD(support, struct error_object, support);
}

static HRESULT STDMETHODCALLTYPE support_query_interface(ISupportErrorInfo *support, REFIID iid,
                                                         void **found)
{
  return INumbers_QueryInterface(&object_of(support)->calls.numbers.numbers, iid, found);
}

static ULONG STDMETHODCALLTYPE support_add_ref(ISupportErrorInfo *support)
{
  return INumbers_AddRef(&object_of(support)->calls.numbers.numbers);
}

static ULONG STDMETHODCALLTYPE support_release(ISupportErrorInfo *support)
{
  return INumbers_Release(&object_of(support)->calls.numbers.numbers);
}

static HRESULT STDMETHODCALLTYPE support_interface(ISupportErrorInfo *support, REFIID iid)
{
  return IsEqualIID(iid, &IID_INumbers) ? object_of(support)->supports : S_FALSE;
}

typedef HRESULT(STDMETHODCALLTYPE *query_function)(INumbers *numbers, REFIID iid, void **found);

static HRESULT STDMETHODCALLTYPE query_interface(INumbers *numbers, REFIID iid, void **found)
{
  struct error_object *object =
      CONTAINING_RECORD(numbers, struct error_object, calls.numbers.numbers);

  if (!object->has_support || !IsEqualIID(iid, &IID_ISupportErrorInfo))
    return ((query_function)object->query_interface_was)(numbers, iid, found);
  *found = &object->support;
  INumbers_AddRef(numbers);
  return S_OK;
}

void error_object_init(struct error_object *object, enum server_calls_manner manner)
{
  static ISupportErrorInfoVtbl support = {support_query_interface, support_add_ref,
                                          support_release, support_interface};

  server_calls_object_init(&object->calls, manner);
  object->query_interface_was = (void (*)(void))object->calls.methods.QueryInterface;
  object->calls.methods.QueryInterface = query_interface;
  object->calls.methods.Square = square;
  object->support.lpVtbl = &support;
  object->has_support = true;
  object->supports = S_OK;
}

/* ---- the client ---- */

HRESULT error_square_synchronous(INumbers *numbers, LONG value, LONG *result)
{
  return INumbers_Square(numbers, value, result);
}

HRESULT error_square_asynchronous(INumbers *numbers, LONG value, LONG *result)
{
  AsyncINumbers *call = numbers_new_call(numbers);
  HRESULT outcome;

  CHECK_EQ(AsyncINumbers_Begin_Square(call, value), S_OK);
  outcome = AsyncINumbers_Finish_Square(call, result);
  AsyncINumbers_Release(call);
  return outcome;
}

void error_check_none(void)
{
  IErrorInfo *error = (IErrorInfo *)1;

  CHECK_EQ(GetErrorInfo(0, &error), S_FALSE);
  CHECK(!error);
}

static void check_text(BSTR text, const WCHAR *expected)
{
  if (expected)
    CHECK_WIDE_EQ(text, expected);
  else
    CHECK(!text);
  SysFreeString(text);
}

static void check_fields(IErrorInfo *error, const WCHAR *expected_source,
                         const WCHAR *expected_description, const WCHAR *expected_help_file,
                         DWORD expected_context)
{
  DWORD context = 1;
  GUID guid;
  BSTR text;

  CHECK_EQ(IErrorInfo_GetGUID(error, &guid), S_OK);
  CHECK(IsEqualGUID(&guid, &IID_INumbers));
  CHECK_EQ(IErrorInfo_GetSource(error, &text), S_OK);
  check_text(text, expected_source);
  CHECK_EQ(IErrorInfo_GetDescription(error, &text), S_OK);
  check_text(text, expected_description);
  CHECK_EQ(IErrorInfo_GetHelpFile(error, &text), S_OK);
  check_text(text, expected_help_file);
  CHECK_EQ(IErrorInfo_GetHelpContext(error, &context), S_OK);
  CHECK_EQ(context, expected_context);
}

static void check_long(IErrorInfo *error)
{
  BSTR text;

  CHECK_EQ(IErrorInfo_GetDescription(error, &text), S_OK);
  CHECK_EQ(SysStringLen(text), ERR_TEXT_SENT);
  for (int i = 0; i < ERR_TEXT_SENT; i++)
    CHECK_EQ(text[i], L'a' + i % 26);
  SysFreeString(text);
  CHECK_EQ(IErrorInfo_GetSource(error, &text), S_OK);
  CHECK_WIDE_EQ(text, L"");
  SysFreeString(text);
}

static void check_error(enum error_kind kind)
{
  IErrorInfo *error;

  CHECK_EQ(GetErrorInfo(0, &error), S_OK);
  if (kind == ERR_EMPTY)
    check_fields(error, NULL, NULL, NULL, 0);
  else if (kind == ERR_LONG)
    check_long(error);
  else if (kind == ERR_FOREIGN)
    check_fields(error, source, NULL, NULL, HELP_NUMBER);
  else
    check_fields(error, source, description, help_file, HELP_NUMBER);
  CHECK_EQ(IErrorInfo_Release(error), 0);
}

void error_call(INumbers *numbers, enum error_kind kind, error_square square_of)
{
  HRESULT result;
  LONG value = 0;

  result = square_of(numbers, kind, &value);
  if (kind == ERR_RAISED)
    CHECK(FAILED(result) && result != NUMBER_TOO_LARGE);
  else
    CHECK_EQ(result, kind < ERR_RAISED ? NUMBER_TOO_LARGE : S_OK);
  if (kind < ERR_NONE || kind == ERR_SUCCESS)
    check_error(kind);
  error_check_none();
}

void error_call_all(INumbers *numbers, error_square square_of)
{
  for (int kind = 0; kind < ERR_KINDS; kind++) {
    /* What the thread had is none of this call's. */
    error_set(ERR_FULL);
    error_call(numbers, kind, square_of);
    error_call(numbers, kind, square_of);
  }
}
