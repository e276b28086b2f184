/*
 * Local servers that are killed: their classes are no longer registered, as those of servers
 * that end in order. (Wine's own class table keeps them, and the next activation fails.)
 */
#include "apartment.h"
#include "helper.h"

static const CLSID CLSID_Killed = {
    0x3ad1a1f0, 0x52c4, 0x4a53, {0x9b, 0x58, 0x61, 0x0c, 0x2f, 0x9d, 0x10, 0x11}};
static const CLSID CLSID_Unharmed = {
    0x3ad1a1f0, 0x52c4, 0x4a53, {0x9b, 0x58, 0x61, 0x0c, 0x2f, 0x9d, 0x10, 0x12}};

static HRESULT WINAPI query_interface(IUnknown *unknown, REFIID iid, void **object)
{
  *object = IsEqualIID(iid, &IID_IUnknown) ? unknown : NULL;
  return *object ? S_OK : E_NOINTERFACE;
}

static ULONG WINAPI count(IUnknown *unknown)
{
  (void)unknown;
  return 2;
}

static IUnknownVtbl methods = {query_interface, count, count};
static IUnknown class_object = {&methods};

static DWORD register_class(REFCLSID class_id)
{
  DWORD cookie;

  CHECK_EQ(CoRegisterClassObject(class_id, &class_object, CLSCTX_LOCAL_SERVER,
                                 REGCLS_MULTIPLEUSE, &cookie),
           S_OK);
  return cookie;
}

/* Registers its class; with an argument, takes it back and registers it once more. */
HELPER(class_server)
{
  DWORD cookie;

  (void)argv;
  CHECK_EQ(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
  cookie = register_class(&CLSID_Killed);
  if (argc) {
    CHECK_EQ(CoRevokeClassObject(cookie), S_OK);
    register_class(&CLSID_Killed);
  }
  helper_ready("registered");
  helper_wait_for_stop();
}

/* The class table is in a process of the prefix's own bitness, and this test's prefix has our
 * DLLs for the program's. */
static void need_own_table(void)
{
  BOOL emulated;

  CHECK(IsWow64Process(GetCurrentProcess(), &emulated));
  if (emulated)
    test_skip("rpcss is a 64-bit process here, without the DLLs that this test is about");
}

static HRESULT activate(REFCLSID class_id)
{
  IUnknown *unknown;
  HRESULT result =
      CoGetClassObject(class_id, CLSCTX_LOCAL_SERVER, NULL, &IID_IUnknown, (void **)&unknown);

  if (SUCCEEDED(result))
    IUnknown_Release(unknown);
  return result;
}

IN_MTA(the_class_of_a_killed_server_is_not_registered)
{
  struct helper server;

  need_own_table();
  helper_start(&server, "class_server", "", RUNTIME_SHIM);
  CHECK_EQ(activate(&CLSID_Killed), S_OK);
  helper_kill(&server);
  CHECK_EQ(activate(&CLSID_Killed), REGDB_E_CLASSNOTREG);
}

IN_MTA(the_next_server_of_a_class_is_found_after_the_first_was_killed)
{
  struct helper server;

  need_own_table();
  for (int i = 0; i < 3; i++) {
    helper_start(&server, "class_server", i == 1 ? "again" : "", RUNTIME_SHIM);
    CHECK_EQ(activate(&CLSID_Killed), S_OK);
    helper_kill(&server);
  }
}

IN_MTA(a_killed_server_takes_no_others_class_along)
{
  struct helper server;
  DWORD cookie;

  need_own_table();
  helper_start(&server, "class_server", "", RUNTIME_SHIM);
  cookie = register_class(&CLSID_Unharmed);
  helper_kill(&server);
  CHECK_EQ(activate(&CLSID_Killed), REGDB_E_CLASSNOTREG);
  CHECK_EQ(activate(&CLSID_Unharmed), S_OK);
  CHECK_EQ(CoRevokeClassObject(cookie), S_OK);
}
