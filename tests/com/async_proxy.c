/*
 * The proxies of asynchronous interfaces, between a program and a channel.
 */
#include "fake_channel.h"
#include "numbers_object.h"
#include "proxy_dll.h"

/* A proxy of AsyncINumbers whose channel ends at an object's stub. */
struct rig {
  HMODULE module;
  IPSFactoryBuffer *factory;
  struct numbers_object object;
  IRpcStubBuffer *stub;
  struct fake_channel channel;
  IRpcProxyBuffer *proxy;
  AsyncINumbers *numbers;
};

typedef HRESULT(WINAPI *get_class_object_fn)(REFCLSID class_id, REFIID iid, void **object);

static void rig_start(struct rig *rig)
{
  get_class_object_fn get;

  rig->module = proxy_dll_load();
  get = (get_class_object_fn)(void *)GetProcAddress(rig->module, "DllGetClassObject");
  CHECK(get);
  CHECK_EQ(get(&IID_IBefore, &IID_IPSFactoryBuffer, (void **)&rig->factory), S_OK);
  numbers_object_init(&rig->object);
  CHECK_EQ(IPSFactoryBuffer_CreateStub(rig->factory, &IID_INumbers,
                                       (IUnknown *)&rig->object.numbers, &rig->stub),
           S_OK);
  fake_channel_init(&rig->channel, rig->stub);
  CHECK_EQ(IPSFactoryBuffer_CreateProxy(rig->factory, NULL, &IID_AsyncINumbers, &rig->proxy,
                                        (void **)&rig->numbers),
           S_OK);
  CHECK_EQ(IRpcProxyBuffer_Connect(rig->proxy, (IRpcChannelBuffer *)&rig->channel.channel),
           S_OK);
}

/* And all that the proxy held is given back. */
static void rig_end(struct rig *rig)
{
  AsyncINumbers_Release(rig->numbers);
  IRpcProxyBuffer_Disconnect(rig->proxy);
  CHECK_EQ(rig->channel.references, 1);
  CHECK_EQ(IRpcProxyBuffer_Release(rig->proxy), 0);
  CHECK_EQ(rig->channel.buffers, 0);
  IRpcStubBuffer_Disconnect(rig->stub);
  CHECK_EQ(IRpcStubBuffer_Release(rig->stub), 0);
  CHECK_EQ(rig->object.references, 1);
  CHECK_EQ(IPSFactoryBuffer_Release(rig->factory), 0);
  CHECK_EQ(proxy_dll_call(rig->module, "DllCanUnloadNow"), S_OK);
  FreeLibrary(rig->module);
}

static void square(struct rig *rig, LONG value)
{
  LONG result = -1;

  CHECK_EQ(AsyncINumbers_Begin_Square(rig->numbers, value), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Square(rig->numbers, &result), S_OK);
  CHECK_EQ(result, value * value);
}

IN_MTA(begin_sends_what_is_in_and_finish_returns_what_is_out)
{
  struct rig rig;

  rig_start(&rig);
  square(&rig, 12);
  CHECK_EQ(rig.channel.method, 3);
  CHECK_EQ(rig.channel.request_length, sizeof(LONG));
  CHECK(IsEqualIID(&rig.channel.iid, &IID_AsyncINumbers));
  square(&rig, -13);
  rig_end(&rig);
}

IN_MTA(finish_returns_the_hresult_of_the_method)
{
  struct rig rig;
  LONG result;

  rig_start(&rig);
  CHECK_EQ(AsyncINumbers_Begin_Square(rig.numbers, LARGEST_NUMBER + 1), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Square(rig.numbers, &result), NUMBER_TOO_LARGE);
  CHECK_EQ(AsyncINumbers_Begin_Nothing(rig.numbers), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Nothing(rig.numbers), S_OK);
  CHECK_EQ(rig.object.nothings, 1);
  rig_end(&rig);
}

IN_MTA(arguments_of_all_types_travel)
{
  const LONG values[] = {1, 20, 300};
  NumberPair given = {100, 2.5}, pair = {-1, -1};
  NumberName greeting;
  hyper sum = 0x100000000LL, new_sum = -1;
  struct rig rig;

  rig_start(&rig);
  CHECK_EQ(AsyncINumbers_Begin_Sum(rig.numbers, 3, values, &sum), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Sum(rig.numbers, &new_sum), S_OK);
  CHECK_EQ(new_sum, 0x100000000LL + 321);
  CHECK_EQ(sum, 0x100000000LL);
  /* Floating arguments come in registers of their own on 64 bits. */
  CHECK_EQ(AsyncINumbers_Begin_Scale(rig.numbers, 3.0f, 0.25, &given), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Scale(rig.numbers, &pair), S_FALSE);
  CHECK_EQ(pair.first, 300);
  CHECK(pair.second == 7.75);
  /* What is in memory before is not taken for a pointer. */
  memset(&greeting, 0xaa, sizeof(greeting));
  CHECK_EQ(AsyncINumbers_Begin_Name(rig.numbers, L"Ada"), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Name(rig.numbers, &greeting), S_OK);
  CHECK_WIDE_EQ(greeting.text, L"Hello, Ada");
  CoTaskMemFree(greeting.text);
  rig_end(&rig);
}

IN_MTA(interface_pointers_travel)
{
  struct rig rig;
  struct numbers_object given;
  IUnknown *same = (IUnknown *)&rig;

  rig_start(&rig);
  numbers_object_init(&given);
  CHECK_EQ(AsyncINumbers_Begin_Give(rig.numbers, (IUnknown *)&given.numbers), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Give(rig.numbers, &same), S_OK);
  CHECK(same == (IUnknown *)&given.numbers);
  IUnknown_Release(same);
  CHECK_EQ(given.references, 1);
  CHECK_EQ(AsyncINumbers_Begin_Give(rig.numbers, NULL), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Give(rig.numbers, &same), S_OK);
  CHECK(!same);
  rig_end(&rig);
}

IN_MTA(a_second_begin_while_a_call_is_pending_does_not_harm_it)
{
  struct rig rig;
  LONG result;

  rig_start(&rig);
  CHECK_EQ(AsyncINumbers_Begin_Square(rig.numbers, 7), S_OK);
  CHECK_EQ(AsyncINumbers_Begin_Square(rig.numbers, 8), RPC_S_CALLPENDING);
  CHECK_EQ(AsyncINumbers_Begin_Name(rig.numbers, L"Ada"), RPC_S_CALLPENDING);
  CHECK_EQ(AsyncINumbers_Finish_Square(rig.numbers, &result), S_OK);
  CHECK_EQ(result, 49);
  rig_end(&rig);
}

IN_MTA(finish_without_a_call_of_the_method_says_so)
{
  struct rig rig;
  IUnknown *same = (IUnknown *)&rig;
  LONG result;

  rig_start(&rig);
  CHECK_EQ(AsyncINumbers_Finish_Square(rig.numbers, &result), RPC_E_CALL_COMPLETE);
  CHECK_EQ(AsyncINumbers_Begin_Square(rig.numbers, 7), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Give(rig.numbers, &same), RPC_E_CALL_COMPLETE);
  CHECK(!same);
  CHECK_EQ(AsyncINumbers_Finish_Square(rig.numbers, &result), S_OK);
  CHECK_EQ(result, 49);
  CHECK_EQ(AsyncINumbers_Finish_Square(rig.numbers, &result), RPC_E_CALL_COMPLETE);
  rig_end(&rig);
}

IN_MTA(what_the_channel_refuses_is_returned_and_the_proxy_can_be_used_again)
{
  struct rig rig;
  LONG result;

  rig_start(&rig);
  rig.channel.get_buffer_fails = E_OUTOFMEMORY;
  CHECK_EQ(AsyncINumbers_Begin_Square(rig.numbers, 7), E_OUTOFMEMORY);
  rig.channel.get_buffer_fails = S_OK;
  rig.channel.send_fails = RPC_E_SERVER_DIED;
  CHECK_EQ(AsyncINumbers_Begin_Square(rig.numbers, 7), RPC_E_SERVER_DIED);
  rig.channel.send_fails = S_OK;
  square(&rig, 7);
  rig.channel.receive_fails = RPC_E_CALL_CANCELED;
  CHECK_EQ(AsyncINumbers_Begin_Square(rig.numbers, 7), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Square(rig.numbers, &result), RPC_E_CALL_CANCELED);
  rig.channel.receive_fails = S_OK;
  square(&rig, 8);
  rig_end(&rig);
}

IN_MTA(a_reply_that_is_too_short_is_refused_and_leaves_nothing_behind)
{
  struct rig rig;
  NumberName greeting;
  LONG result;

  rig_start(&rig);
  rig.channel.lost_bytes = 8;
  CHECK_EQ(AsyncINumbers_Begin_Square(rig.numbers, 7), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Square(rig.numbers, &result),
           HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA));
  /* Without the HRESULT, and without the end of the string. */
  for (rig.channel.lost_bytes = 4; rig.channel.lost_bytes <= 8; rig.channel.lost_bytes += 4) {
    memset(&greeting, 0xaa, sizeof(greeting));
    CHECK_EQ(AsyncINumbers_Begin_Name(rig.numbers, L"Ada"), S_OK);
    CHECK_EQ(AsyncINumbers_Finish_Name(rig.numbers, &greeting),
             HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA));
    CHECK(!greeting.text);
  }
  rig.channel.lost_bytes = 0;
  square(&rig, 8);
  rig_end(&rig);
}

IN_MTA(null_pointers_where_there_must_be_memory_are_refused)
{
  struct rig rig;
  LONG result;

  rig_start(&rig);
  CHECK_EQ(AsyncINumbers_Begin_Name(rig.numbers, NULL),
           HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER));
  CHECK_EQ(AsyncINumbers_Begin_Square(rig.numbers, 7), S_OK);
  CHECK_EQ(AsyncINumbers_Finish_Square(rig.numbers, NULL),
           HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER));
  CHECK_EQ(AsyncINumbers_Finish_Square(rig.numbers, &result), S_OK);
  CHECK_EQ(result, 49);
  rig_end(&rig);
}

IN_MTA(a_proxy_without_a_channel_is_not_connected)
{
  struct rig rig;
  LONG result;

  rig_start(&rig);
  IRpcProxyBuffer_Disconnect(rig.proxy);
  CHECK_EQ(AsyncINumbers_Begin_Square(rig.numbers, 7), CO_E_OBJNOTCONNECTED);
  CHECK_EQ(AsyncINumbers_Finish_Square(rig.numbers, &result), CO_E_OBJNOTCONNECTED);
  rig_end(&rig);
}

IN_MTA(the_interface_is_part_of_the_controlling_unknown)
{
  struct rig rig;
  struct numbers_object outer;
  IRpcProxyBuffer *proxy;
  AsyncINumbers *part;
  IUnknown *found;

  rig_start(&rig);
  numbers_object_init(&outer);
  CHECK_EQ(IPSFactoryBuffer_CreateProxy(rig.factory, (IUnknown *)&outer.numbers,
                                        &IID_AsyncINumbers, &proxy, (void **)&part),
           S_OK);
  CHECK_EQ(outer.references, 2);
  CHECK_EQ(AsyncINumbers_QueryInterface(part, &IID_IPlain, (void **)&found), S_OK);
  CHECK(found == (IUnknown *)&outer.plain);
  CHECK_EQ(outer.references, 3);
  IUnknown_Release(found);
  CHECK_EQ(AsyncINumbers_AddRef(part), 3);
  CHECK_EQ(AsyncINumbers_Release(part), 2);
  CHECK_EQ(AsyncINumbers_Release(part), 1);
  CHECK_EQ(IRpcProxyBuffer_QueryInterface(proxy, &IID_AsyncINumbers, (void **)&found), S_OK);
  CHECK(found == (IUnknown *)part);
  IUnknown_Release(found);
  CHECK_EQ(outer.references, 1);
  CHECK_EQ(IRpcProxyBuffer_Release(proxy), 0);
  rig_end(&rig);
}
