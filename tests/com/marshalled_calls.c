/*
 * Call objects that are marshalled. Their asynchronous interface does not travel: not to a
 * stream, not by the global interface table. IUnknown and ISynchronize do, as of any object.
 */
#include "helper.h"
#include "numbers_calls.h"
#include "proxy_dll.h"
#include "reference_text.h"
#include "server_calls_object.h"

/* ---- a client with a call object, and an object in the MTA ---- */

struct client {
  IStream *stream;
  struct server_calls_object object;
  void (*body)(AsyncINumbers *call);
};

static void run_client(void *context)
{
  struct client *client = context;
  AsyncINumbers *call;
  INumbers *numbers;
  LONG result = 0;

  CHECK_EQ(CoGetInterfaceAndReleaseStream(client->stream, &IID_INumbers, (void **)&numbers),
           S_OK);
  call = numbers_new_call(numbers);
  INumbers_Release(numbers);
  client->body(call);
  /* Nothing of it is left anywhere. */
  CHECK_EQ(AsyncINumbers_Begin_Square(call, 12), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Square(call, &result), S_OK);
  CHECK_EQ(result, 144);
  CHECK_EQ(AsyncINumbers_Release(call), 0);
}

static void call_from(enum apartment apartment, void (*body)(AsyncINumbers *call))
{
  struct client client = {.body = body};

  proxy_dll_register();
  server_calls_object_init(&client.object, SIGNAL_IN_BEGIN);
  CHECK_EQ(CoMarshalInterThreadInterfaceInStream(
               &IID_INumbers, (IUnknown *)&client.object.numbers.numbers, &client.stream),
           S_OK);
  apartment_run(apartment, run_client, &client);
  CHECK_EQ(client.object.numbers.references, 1);
}

/* ---- the asynchronous interface ---- */

static void marshal_to_stream(IUnknown *call, DWORD context, DWORD flags)
{
  IStream *stream;

  CHECK_EQ(CreateStreamOnHGlobal(NULL, TRUE, &stream), S_OK);
  CHECK_EQ(CoMarshalInterface(stream, &IID_AsyncINumbers, call, context, NULL, flags),
           E_NOINTERFACE);
  IStream_Release(stream);
}

static void marshal_in_every_way(AsyncINumbers *call)
{
  static const DWORD contexts[] = {MSHCTX_INPROC, MSHCTX_LOCAL};
  static const DWORD flags[] = {MSHLFLAGS_NORMAL, MSHLFLAGS_TABLESTRONG, MSHLFLAGS_TABLEWEAK};
  IStream *stream = (IStream *)call;

  for (size_t i = 0; i < ARRAYSIZE(contexts); i++)
    for (size_t k = 0; k < ARRAYSIZE(flags); k++)
      marshal_to_stream((IUnknown *)call, contexts[i], flags[k]);
  CHECK_EQ(CoMarshalInterThreadInterfaceInStream(&IID_AsyncINumbers, (IUnknown *)call, &stream),
           E_NOINTERFACE);
  CHECK(!stream);
}

/* Also while there is a call, which goes on. */
static void marshal_in_call(AsyncINumbers *call)
{
  LONG result = 0;

  CHECK_EQ(AsyncINumbers_Begin_Square(call, 5), S_OK);
  marshal_in_every_way(call);
  CHECK_EQ(AsyncINumbers_Finish_Square(call, &result), S_OK);
  CHECK_EQ(result, 25);
}

IN_MTA(an_asynchronous_interface_is_not_marshalled_in_an_sta)
{
  call_from(STA, marshal_in_every_way);
  call_from(STA, marshal_in_call);
}

IN_STA(an_asynchronous_interface_is_not_marshalled_in_the_mta)
{
  call_from(MTA, marshal_in_every_way);
  call_from(MTA, marshal_in_call);
}

static void register_in_table(AsyncINumbers *call)
{
  IGlobalInterfaceTable *table;
  DWORD cookie = 7;

  CHECK_EQ(CoCreateInstance(&CLSID_StdGlobalInterfaceTable, NULL, CLSCTX_INPROC_SERVER,
                            &IID_IGlobalInterfaceTable, (void **)&table),
           S_OK);
  CHECK_EQ(IGlobalInterfaceTable_RegisterInterfaceInGlobal(table, (IUnknown *)call,
                                                           &IID_AsyncINumbers, &cookie),
           E_NOINTERFACE);
  IGlobalInterfaceTable_Release(table);
}

IN_MTA(an_asynchronous_interface_is_not_registered_in_the_global_table)
{
  call_from(STA, register_in_table);
}

/* ---- ISynchronize and IUnknown ---- */

static void wait_elsewhere(void *stream)
{
  ISynchronize *synchronize;
  IUnknown *unknown, *found = NULL;

  CHECK_EQ(CoGetInterfaceAndReleaseStream(stream, &IID_IUnknown, (void **)&unknown), S_OK);
  CHECK_EQ(IUnknown_QueryInterface(unknown, &IID_AsyncINumbers, (void **)&found),
           E_NOINTERFACE);
  CHECK(!found);
  CHECK_EQ(IUnknown_QueryInterface(unknown, &IID_ISynchronize, (void **)&synchronize), S_OK);
  CHECK_EQ(ISynchronize_Wait(synchronize, COWAIT_DEFAULT, INFINITE), S_OK);
  ISynchronize_Release(synchronize);
  IUnknown_Release(unknown);
}

static void have_others_wait(AsyncINumbers *call)
{
  LONG result = 0;

  for (enum apartment apartment = STA; apartment <= MTA; apartment++) {
    APTTYPE type;
    APTTYPEQUALIFIER qualifier;
    IStream *stream;

    CHECK_EQ(CoGetApartmentType(&type, &qualifier), S_OK);
    CHECK_EQ(AsyncINumbers_Begin_Square(call, 5), S_OK);
    CHECK_EQ(CoMarshalInterThreadInterfaceInStream(&IID_IUnknown, (IUnknown *)call, &stream),
             S_OK);
    if (apartment == MTA && type == APTTYPE_MTA)
      wait_elsewhere(stream);
    else
      apartment_run(apartment, wait_elsewhere, stream);
    CHECK_EQ(AsyncINumbers_Finish_Square(call, &result), S_OK);
    CHECK_EQ(result, 25);
  }
}

IN_MTA(other_apartments_wait_for_a_call_of_an_sta)
{
  call_from(STA, have_others_wait);
}

HELPER(waits_for_a_call)
{
  ISynchronize *synchronize;

  CHECK_EQ(argc, 1);
  CHECK_EQ(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
  synchronize = reference_from_text(&IID_ISynchronize, argv[0]);
  CHECK_EQ(ISynchronize_Wait(synchronize, COWAIT_DEFAULT, INFINITE), S_OK);
  ISynchronize_Release(synchronize);
  CoUninitialize();
  helper_ready("");
  helper_wait_for_stop();
}

static void have_process_wait(AsyncINumbers *call)
{
  struct helper process;
  char text[256];
  LONG result = 0;

  CHECK_EQ(AsyncINumbers_Begin_Square(call, 5), S_OK);
  reference_to_text(&IID_ISynchronize, (IUnknown *)call, text, sizeof(text));
  helper_start(&process, "waits_for_a_call", text, RUNTIME_SHIM);
  helper_stop(&process);
  CHECK_EQ(AsyncINumbers_Finish_Square(call, &result), S_OK);
  CHECK_EQ(result, 25);
}

IN_STA(another_process_waits_for_a_call)
{
  call_from(MTA, have_process_wait);
}
