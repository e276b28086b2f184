/*
 * Error information and peers that are not ours: malformed and unknown extensions, channel
 * hooks of the application's own, and Wine without asyncshim.
 */
#include "error_info.h" /* of the wire */
#include "error_server.h"
#include "numbers_calls.h"
#include "orpc.h"
#include "proxy_dll.h"
#include "raw_com_client.h"
#include "raw_com_server.h"
#include "reference_text.h"

#include <stdlib.h>

#define ORPC_SQUARE 3

static const struct wire_uuid unknown_id = {0x4711, 1, 2, {3}};

/* ---- replies ---- */

struct answer {
  unsigned char bytes[2048];
  size_t header, length;
};

/* ORPCTHAT with that extension, the square of 3, and S_OK. */
static void make_answer(struct answer *answer, const struct wire_uuid *id, const void *data,
                        size_t length)
{
  const struct orpc_extension extension = {data, length};
  static const LONG result[2] = {9, S_OK};

  answer->header = orpc_that_size(length);
  answer->length = answer->header + sizeof(result);
  CHECK(answer->length <= sizeof(answer->bytes));
  orpc_that_write(answer->bytes, id, &extension);
  memcpy(answer->bytes + answer->header, result, sizeof(result));
}

static size_t make_error(unsigned char *data)
{
  struct error_info error = {.help_context = 17,
                             .source = {(const uint8_t *)L"raw", 3},
                             .description = {(const uint8_t *)L"text", 4}};

  CHECK(error_info_size(&error) <= 512);
  error_info_write(&error, data);
  return error_info_size(&error);
}

static HRESULT call(INumbers *numbers, const struct answer *answer, size_t length)
{
  LONG result = 0;
  HRESULT outcome;

  raw_com_server_answer(answer->bytes, length);
  outcome = INumbers_Square(numbers, 3, &result);
  if (outcome == S_OK)
    CHECK_EQ(result, 9);
  return outcome;
}

/* The error is the reply's, or there is none. */
static void check_answer(INumbers *numbers, const struct answer *answer, bool has_error)
{
  IErrorInfo *error;
  DWORD context;

  error_set(ERR_FULL);
  CHECK_EQ(call(numbers, answer, answer->length), S_OK);
  if (!has_error) {
    error_check_none();
    return;
  }
  CHECK_EQ(GetErrorInfo(0, &error), S_OK);
  CHECK_EQ(IErrorInfo_GetHelpContext(error, &context), S_OK);
  CHECK_EQ(context, 17);
  IErrorInfo_Release(error);
}

static INumbers *start(void)
{
  proxy_dll_register();
  return raw_com_server_start();
}

IN_MTA(unknown_extensions_of_a_server_are_passed_over)
{
  INumbers *numbers = start();
  unsigned char data[512];
  struct answer answer;

  make_answer(&answer, NULL, NULL, 0);
  check_answer(numbers, &answer, false);
  make_answer(&answer, &unknown_id, data, make_error(data));
  check_answer(numbers, &answer, false);
  make_answer(&answer, &error_extension_id, data, make_error(data));
  check_answer(numbers, &answer, true);
  INumbers_Release(numbers);
}

/* Whatever byte of it is wrong, the call is not. */
static void check_malformed_errors(void)
{
  INumbers *numbers = start();
  unsigned char data[512];
  struct answer answer;
  size_t length = make_error(data);

  for (size_t cut = 1; cut < length; cut += 3) {
    make_answer(&answer, &error_extension_id, data, cut);
    check_answer(numbers, &answer, false);
  }
  for (size_t i = 0; i < length; i++) {
    data[i] ^= 0xff;
    make_answer(&answer, &error_extension_id, data, length);
    CHECK_EQ(call(numbers, &answer, answer.length), S_OK);
    CHECK_EQ(SetErrorInfo(0, NULL), S_OK);
    data[i] ^= 0xff;
  }
  make_answer(&answer, &error_extension_id, data, length);
  check_answer(numbers, &answer, true);
  INumbers_Release(numbers);
}

IN_MTA(a_malformed_error_is_none_in_the_mta)
{
  check_malformed_errors();
}

IN_STA(a_malformed_error_is_none_in_an_sta)
{
  check_malformed_errors();
}

static void put(struct answer *answer, size_t at, LONG value)
{
  memcpy(answer->bytes + at, &value, sizeof(value));
}

/* Where the header says what is not so, nothing behind it can be believed. */
IN_MTA(a_malformed_header_of_a_reply_fails_the_call_alone)
{
  static const struct {
    size_t at;
    LONG value;
  } lies[] = {{0, 0x20},        {8, 0},    {8, 3},           {8, -1},  {20, 0},
              {20, 4},          {20, 256}, {20, 0x7fffffff}, {24, 0},  {24, 8},
              {24, 0x7ffffff8}, {24, -8},  {44, 0},          {44, -1}, {44, 0x7fffffff}};
  INumbers *numbers = start();
  unsigned char data[512];
  struct answer good, bad;

  make_answer(&good, &error_extension_id, data, make_error(data));
  for (size_t i = 0; i < ARRAYSIZE(lies); i++) {
    bad = good;
    put(&bad, lies[i].at, lies[i].value);
    error_set(ERR_FULL);
    CHECK_EQ(call(numbers, &bad, bad.length), RPC_E_INVALID_HEADER);
    error_check_none();
    check_answer(numbers, &good, true);
  }
  /* The size of an extension, and the room for it, that lead back to where it begins. */
  bad = good;
  put(&bad, 24, -24);
  put(&bad, 44, -24);
  CHECK_EQ(call(numbers, &bad, bad.length), RPC_E_INVALID_HEADER);
  INumbers_Release(numbers);
}

IN_MTA(a_reply_that_is_cut_off_fails_the_call_alone)
{
  INumbers *numbers = start();
  unsigned char data[512];
  struct answer answer;

  make_answer(&answer, &error_extension_id, data, make_error(data));
  for (size_t length = 0; length < answer.length; length += length < 80 ? 1 : 7) {
    HRESULT outcome = call(numbers, &answer, length);

    CHECK(FAILED(outcome));
    if (length < answer.header)
      CHECK_EQ(outcome, RPC_E_INVALID_HEADER);
    CHECK_EQ(SetErrorInfo(0, NULL), S_OK);
  }
  check_answer(numbers, &answer, true);
  INumbers_Release(numbers);
}

/* ---- requests ---- */

/* ORPCTHIS with that extension: version 5.1 and zeros, then as ORPCTHAT has it. */
static size_t make_request(unsigned char *header, const struct wire_uuid *id, size_t length)
{
  static const unsigned char version[] = {5, 0, 1, 0};
  const struct orpc_extension extension = {(const uint8_t *)"12345678901234567", length};

  memset(header, 0, 24);
  memcpy(header, version, sizeof(version));
  orpc_that_write(header + 24, id, &extension);
  return 24 + orpc_that_size(length);
}

static void check_request(struct raw_com_client *client, const unsigned char *header,
                          size_t length, RPC_STATUS expected)
{
  struct raw_com_call request;

  raw_com_call_send_header(client, &request, header, length, ORPC_SQUARE, ERR_NOTHING);
  if (expected == RPC_S_OK)
    CHECK_EQ(raw_com_call_receive(&request), ERR_NOTHING * ERR_NOTHING);
  else
    CHECK_EQ(raw_com_call_fail(&request), expected);
}

static void check_requests(enum apartment apartment)
{
  static const struct {
    size_t at;
    LONG value;
  } lies[] = {{32, 3}, {32, -1}, {44, 4}, {48, 0}, {48, -24}, {68, -24}, {68, 100}};
  struct raw_com_client client;
  struct helper server;
  unsigned char good[256], bad[256];
  size_t length;

  error_server_start(&server, apartment, LACK_FACTORY, NULL);
  raw_com_client_connect(&client, server.text, &IID_INumbers);
  length = make_request(good, &unknown_id, 17);
  check_request(&client, good, length, RPC_S_OK);
  length = make_request(good, &error_extension_id, 17);
  check_request(&client, good, length, RPC_S_OK);
  for (size_t i = 0; i < ARRAYSIZE(lies); i++) {
    memcpy(bad, good, length);
    memcpy(bad + lies[i].at, &lies[i].value, sizeof(LONG));
    check_request(&client, bad, length, (RPC_STATUS)RPC_E_INVALID_HEADER);
  }
  memcpy(bad, good, length);
  memcpy(bad + 48, &(LONG){-24}, sizeof(LONG));
  memcpy(bad + 68, &(LONG){-24}, sizeof(LONG));
  check_request(&client, bad, length, (RPC_STATUS)RPC_E_INVALID_HEADER);
  check_request(&client, good, length, RPC_S_OK);
  raw_com_client_disconnect(&client);
  helper_stop(&server);
}

TEST(a_malformed_header_of_a_request_fails_the_call_alone_in_the_mta)
{
  check_requests(MTA);
}

TEST(a_malformed_header_of_a_request_fails_the_call_alone_in_an_sta)
{
  check_requests(STA);
}

/* ---- Wine without asyncshim ---- */

/*
 * IPersist, because Wine's own rpcrt4.dll does not get along with a proxy DLL that has
 * asynchronous interfaces. GetClassID: each kind of errors after the other.
 */
struct persistent {
  IPersist iface;
  ISupportErrorInfo support;
  LONG references, calls;
};

static HRESULT query(struct persistent *object, REFIID iid, void **found)
{
  *found = NULL;
  if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IPersist))
    *found = &object->iface;
  else if (IsEqualIID(iid, &IID_ISupportErrorInfo))
    *found = &object->support;
  else
    return E_NOINTERFACE;
  object->references++;
  return S_OK;
}

static struct persistent *persistent_of(IPersist *iface)
{
  return CONTAINING_RECORD(iface, struct persistent, iface);
}

static HRESULT STDMETHODCALLTYPE persist_query_interface(IPersist *iface, REFIID iid,
                                                         void **found)
{
  return query(persistent_of(iface), iid, found);
}

static ULONG STDMETHODCALLTYPE persist_count(IPersist *iface)
{
  (void)iface;
  return 1;
}

static HRESULT STDMETHODCALLTYPE persist_get_class_id(IPersist *iface, CLSID *class_id)
{
  enum error_kind kind = persistent_of(iface)->calls++ % ERR_KINDS;

  *class_id = IID_INumbers;
  if (kind != ERR_RAISED)
    error_set(kind);
  return kind == ERR_NOTHING || kind == ERR_SUCCESS ? S_OK : NUMBER_TOO_LARGE;
}

static struct persistent *persistent_of_support(ISupportErrorInfo *support)
{
  return CONTAINING_RECORD(support, struct persistent, support);
}

static HRESULT STDMETHODCALLTYPE support_query_interface(ISupportErrorInfo *support, REFIID iid,
                                                         void **found)
{
  return query(persistent_of_support(support), iid, found);
}

static ULONG STDMETHODCALLTYPE support_count(ISupportErrorInfo *support)
{
  (void)support;
  return 1;
}

static HRESULT STDMETHODCALLTYPE support_interface(ISupportErrorInfo *support, REFIID iid)
{
  (void)support;
  return IsEqualIID(iid, &IID_IPersist) ? S_OK : S_FALSE;
}

static void wait_for_stop(void *unused)
{
  (void)unused;
  helper_wait_for_stop();
}

/* Argument: apartment. */
HELPER(persist_server)
{
  static IPersistVtbl methods = {persist_query_interface, persist_count, persist_count,
                                 persist_get_class_id};
  static ISupportErrorInfoVtbl support = {support_query_interface, support_count, support_count,
                                          support_interface};
  static struct persistent object = {{&methods}, {&support}, 1, 0};
  char text[256];

  CHECK_EQ(argc, 1);
  CHECK_EQ(CoInitializeEx(NULL, atoi(argv[0]) == STA ? COINIT_APARTMENTTHREADED
                                                     : COINIT_MULTITHREADED),
           S_OK);
  reference_to_text(&IID_IPersist, (IUnknown *)&object.iface, text, sizeof(text));
  helper_ready(text);
  apartment_run(MTA, wait_for_stop, NULL);
  CoUninitialize();
}

static void call_persist(IPersist *persist, int kind)
{
  bool fails = kind != ERR_NOTHING && kind != ERR_SUCCESS;
  CLSID class_id;

  CHECK_EQ(IPersist_GetClassID(persist, &class_id), fails ? NUMBER_TOO_LARGE : S_OK);
  CHECK(fails || IsEqualCLSID(&class_id, &IID_INumbers));
}

/* Argument: the reference. */
HELPER(persist_client)
{
  IPersist *persist;

  CHECK_EQ(argc, 1);
  CHECK_EQ(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
  persist = reference_from_text(&IID_IPersist, argv[0]);
  for (int i = 0; i < 2 * ERR_KINDS; i++)
    call_persist(persist, i % ERR_KINDS);
  IPersist_Release(persist);
  CoUninitialize();
  helper_ready("all results were right");
}

static void check_client_on_wine(enum apartment server_apartment)
{
  struct helper server, client;
  char arguments[16];

  snprintf(arguments, sizeof(arguments), "%d", server_apartment);
  helper_start(&server, "persist_server", arguments, RUNTIME_SHIM);
  helper_start(&client, "persist_client", server.text, RUNTIME_WINE);
  helper_stop(&client);
  helper_stop(&server);
}

TEST(a_client_on_wine_gets_its_results_from_the_mta)
{
  check_client_on_wine(MTA);
}

TEST(a_client_on_wine_gets_its_results_from_an_sta)
{
  check_client_on_wine(STA);
}

IN_MTA(a_server_on_wine_has_no_errors)
{
  struct helper server;
  IPersist *persist;

  helper_start(&server, "persist_server", "1", RUNTIME_WINE);
  persist = reference_from_text(&IID_IPersist, server.text);
  for (int kind = 0; kind < ERR_KINDS; kind++) {
    error_set(ERR_FULL);
    call_persist(persist, kind);
    error_check_none();
  }
  IPersist_Release(persist);
  helper_stop(&server);
}

/* Proxies and stubs of Wine's own proxy DLLs. */
IN_STA(errors_travel_for_interfaces_of_the_system_too)
{
  struct helper server;
  IPersist *persist;

  helper_start(&server, "persist_server", "0", RUNTIME_SHIM);
  persist = reference_from_text(&IID_IPersist, server.text);
  for (int kind = 0; kind < ERR_KINDS; kind++) {
    IErrorInfo *error = NULL;

    error_set(ERR_FULL);
    call_persist(persist, kind);
    CHECK_EQ(GetErrorInfo(0, &error),
             kind < ERR_NONE || kind == ERR_SUCCESS || kind == ERR_CLEARED ? S_OK : S_FALSE);
    if (error)
      CHECK_EQ(IErrorInfo_Release(error), 0);
  }
  IPersist_Release(persist);
  helper_stop(&server);
}

/* ---- a channel hook of the application's own ---- */

static const GUID own_extension = {0x60a30009, 0x2f3c, 0x4d4e, {0x9f, 0x59}};
static LONG own_received;

static HRESULT STDMETHODCALLTYPE hook_query_interface(IChannelHook *hook, REFIID iid,
                                                      void **object)
{
  (void)iid;
  *object = hook;
  return S_OK;
}

static ULONG STDMETHODCALLTYPE hook_count(IChannelHook *hook)
{
  (void)hook;
  return 1;
}

static void STDMETHODCALLTYPE hook_client_size(IChannelHook *hook, REFGUID id, REFIID iid,
                                               ULONG *size)
{
  (void)hook, (void)id, (void)iid;
  *size = 3;
}

static void STDMETHODCALLTYPE hook_client_fill(IChannelHook *hook, REFGUID id, REFIID iid,
                                               ULONG *size, void *data)
{
  (void)hook, (void)id, (void)iid;
  memcpy(data, "ask", 3);
  *size = 3;
}

static void STDMETHODCALLTYPE hook_client_notify(IChannelHook *hook, REFGUID id, REFIID iid,
                                                 ULONG size, void *data, DWORD representation,
                                                 HRESULT fault)
{
  (void)hook, (void)id, (void)representation, (void)fault;
  if (!IsEqualIID(iid, &IID_INumbers))
    return;
  CHECK_EQ(size, 6);
  CHECK(!memcmp(data, "answer", 6));
  own_received++;
}

static void STDMETHODCALLTYPE hook_server_notify(IChannelHook *hook, REFGUID id, REFIID iid,
                                                 ULONG size, void *data, DWORD representation)
{
  (void)hook, (void)id, (void)iid, (void)representation;
  CHECK(!size || (size == 3 && !memcmp(data, "ask", 3)));
}

static void STDMETHODCALLTYPE hook_server_size(IChannelHook *hook, REFGUID id, REFIID iid,
                                               HRESULT fault, ULONG *size)
{
  (void)hook, (void)id, (void)iid, (void)fault;
  *size = 6;
}

static void STDMETHODCALLTYPE hook_server_fill(IChannelHook *hook, REFGUID id, REFIID iid,
                                               ULONG *size, void *data, HRESULT fault)
{
  (void)hook, (void)id, (void)iid, (void)fault;
  memcpy(data, "answer", 6);
  *size = 6;
}

static void register_hook(void)
{
  static IChannelHookVtbl methods = {hook_query_interface, hook_count,       hook_count,
                                     hook_client_size,     hook_client_fill, hook_client_notify,
                                     hook_server_notify,   hook_server_size, hook_server_fill};
  static IChannelHook hook = {&methods};

  CHECK_EQ(CoRegisterChannelHook(&own_extension, &hook), S_OK);
}

static void run_client(void *stream)
{
  INumbers *numbers;

  CHECK_EQ(CoGetInterfaceAndReleaseStream(stream, &IID_INumbers, (void **)&numbers), S_OK);
  error_call_all(numbers, error_square_synchronous);
  CHECK(own_received > 0);
  error_call(numbers, ERR_FULL, error_square_asynchronous);
  INumbers_Release(numbers);
}

IN_MTA(hooks_of_the_application_go_on_working)
{
  struct error_object object;
  IStream *stream;

  proxy_dll_register();
  register_hook();
  error_object_init(&object, REFUSE_CALL);
  CHECK_EQ(CoMarshalInterThreadInterfaceInStream(
               &IID_INumbers, (IUnknown *)&object.calls.numbers.numbers, &stream),
           S_OK);
  apartment_run(STA, run_client, stream);
}
