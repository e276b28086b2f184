/*
 * What stays a bare stub: names of Wine's that end the process which calls them. The export
 * table is walked, and what leads to a bare stub of Wine's has to be listed here, with the
 * reason.
 *
 * None is called: on x86_64 they have no unwind information. The system takes one for a
 * function that has no frame, looks for its return address where the stub has put nothing, and
 * finds the handlers of its callers, or none, or runs in circles, by what an earlier call has
 * left on the stack. So they are known by their code.
 */
#include "harness.h"

#include <rpc.h>

#define MODULE_NAME "rpcrt4.dll"

static const struct {
  const char *names, *reason;
} stubs[] = {
    {"I_RpcBCacheAllocate I_RpcBCacheFree I_RpcTransConnectionAllocatePacket "
     "I_RpcTransConnectionFreePacket I_RpcTransConnectionReallocPacket "
     "I_RpcTransDatagramAllocate I_RpcTransDatagramAllocate2 I_RpcTransDatagramFree "
     "I_RpcTransGetThreadEvent I_RpcTransIoCancelled I_RpcTransServerNewConnection "
     "I_RpcProxyNewConnection I_RpcParseSecurity",
     "for transport DLLs that are loaded into Windows' own runtime"},
    {"I_RpcEnableWmiTrace I_RpcLogEvent I_RpcSystemFunction001",
     "between parts of Windows, documented nowhere"},
    {"NdrPipePull NdrPipePush NdrPipeSendReceive NdrPipesDone NdrPipesInitialize "
     "NdrGetPipeBuffer NdrGetPartialBuffer NdrIsAppDoneWithPipes NdrMarkNextActivePipe "
     "NdrPartialIgnoreClientBufferSize NdrPartialIgnoreClientMarshall "
     "NdrPartialIgnoreServerInitialize NdrPartialIgnoreServerUnmarshall "
     "NdrServerInitializePartial",
     "pipe parameters, which the runtime refuses before any of these is called"},
    {"MesInqProcEncodingId NdrMesProcEncodeDecode2 NdrMesSimpleTypeAlignSize "
     "NdrMesSimpleTypeDecode NdrMesSimpleTypeEncode NdrMesTypeAlignSize NdrMesTypeAlignSize2 "
     "NdrMesTypeDecode NdrMesTypeEncode",
     "pickling, which is Wine's: no call is made"},
    {"NdrGetSimpleTypeBufferAlignment NdrGetSimpleTypeBufferSize NdrGetSimpleTypeMemorySize "
     "NdrGetTypeFlags NdrHardStructBufferSize NdrHardStructFree NdrHardStructMarshall "
     "NdrHardStructMemorySize NdrHardStructUnmarshall NdrOutInit NdrTypeFlags NdrTypeFree "
     "NdrTypeMarshall NdrTypeSize NdrTypeUnmarshall NdrUnmarshallBasetypeInline "
     "NdrUserMarshalSimpleTypeConvert NdrpMemoryIncrement NdrpVarVtOfTypeDesc "
     "SimpleTypeAlignment SimpleTypeBufferSize SimpleTypeMemorySize pfnFreeRoutines "
     "pfnMarshallRoutines pfnSizeRoutines pfnUnmarshallRoutines",
     "the type engine, which is Wine's"},
    {"NdrServerInitializeMarshall NdrServerInitializeUnmarshall NdrServerMarshall "
     "NdrServerUnmarshall NdrStubInitializeMarshall NdrpSetRpcSsDefaults MIDL_wchar_strcpy "
     "MIDL_wchar_strlen",
     "of stubs that no MIDL of today makes, documented as internal or nowhere"},
    {"NdrDcomAsyncClientCall NdrGetDcomProtocolVersion NdrpCreateProxy NdrpCreateStub "
     "NdrpGetProcFormatString NdrpGetTypeFormatString NdrpGetTypeGenCookie "
     "NdrpReleaseTypeFormatString NdrpReleaseTypeGenCookie",
     "of proxies, which are Wine's: those of type libraries, and asynchronous ones that are "
     "not stubless"},
    {"NDRcopy char_array_from_ndr char_from_ndr data_from_ndr data_into_ndr data_size_ndr "
     "double_array_from_ndr double_from_ndr enum_from_ndr float_array_from_ndr "
     "float_from_ndr long_array_from_ndr long_from_ndr long_from_ndr_temp "
     "short_array_from_ndr short_from_ndr short_from_ndr_temp tree_into_ndr tree_peek_ndr "
     "tree_size_ndr",
     "of the first MIDL's stubs, from before format strings"},
};

/* ---- the code of a bare stub ---- */

struct module {
  const BYTE *base;
  size_t size;
};

static bool module_of(const void *address, struct module *module)
{
  const IMAGE_NT_HEADERS *headers;
  HMODULE handle;

  if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                              GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                          address, &handle))
    return false;
  module->base = (const BYTE *)handle;
  headers = (const void *)(module->base + ((const IMAGE_DOS_HEADER *)handle)->e_lfanew);
  module->size = headers->OptionalHeader.SizeOfImage;
  return true;
}

static bool is_text(const struct module *module, const BYTE *address, const char *text)
{
  size_t size = strlen(text) + 1;

  return address >= module->base && address < module->base + module->size &&
         size <= (size_t)(module->base + module->size - address) &&
         !memcmp(address, text, size);
}

static LONG long_at(const BYTE *code)
{
  LONG value;

  memcpy(&value, code, sizeof(value));
  return value;
}

/*
 * A bare stub makes room, loads two addresses, that of its DLL's name and that of its own, and
 * calls the function that raises EXCEPTION_WINE_STUB.
 */
static bool is_bare_stub(const BYTE *code, const char *name)
{
  const BYTE *module_name, *own_name;
  struct module module;

  if (!module_of(code, &module))
    return false;
  for (int i = 0; i < 16 && *code == 0x90; i++)
    code++;
#ifdef __x86_64__
  /* subq $n, %rsp; leaq module_name(%rip), %rcx; leaq own_name(%rip), %rdx; call */
  if (memcmp(code, "\x48\x83\xec", 3) || memcmp(code + 4, "\x48\x8d\x0d", 3) ||
      memcmp(code + 11, "\x48\x8d\x15", 3) || code[18] != 0xe8)
    return false;
  module_name = code + 11 + long_at(code + 7);
  own_name = code + 18 + long_at(code + 14);
#else
  /* subl $n, %esp; movl $own_name, 4(%esp); movl $module_name, (%esp); call */
  if (memcmp(code, "\x83\xec", 2) || memcmp(code + 3, "\xc7\x44\x24\x04", 4) ||
      memcmp(code + 11, "\xc7\x04\x24", 3) || code[18] != 0xe8)
    return false;
  own_name = (const BYTE *)(ULONG_PTR)long_at(code + 7);
  module_name = (const BYTE *)(ULONG_PTR)long_at(code + 14);
#endif
  return is_text(&module, module_name, MODULE_NAME) && is_text(&module, own_name, name);
}

/* ---- the list ---- */

static bool is_word(const char *words, const char *name)
{
  size_t length = strlen(name);

  for (const char *found = words; (found = strstr(found, name)); found += length)
    if ((found == words || found[-1] == ' ') && (!found[length] || found[length] == ' '))
      return true;
  return false;
}

static bool is_listed(const char *name)
{
  for (size_t i = 0; i < ARRAYSIZE(stubs); i++)
    if (is_word(stubs[i].names, name))
      return true;
  return false;
}

static const BYTE *code_of(const char *name)
{
  return (const BYTE *)(void *)GetProcAddress(GetModuleHandleA(MODULE_NAME), name);
}

/* Calls `visit` with each name that rpcrt4.dll exports; those without code are of a newer Wine.
 */
static void each_export(void (*visit)(const char *name, const BYTE *code))
{
  const BYTE *base = (const BYTE *)GetModuleHandleA(MODULE_NAME);
  const IMAGE_NT_HEADERS *headers =
      (const void *)(base + ((const IMAGE_DOS_HEADER *)base)->e_lfanew);
  const IMAGE_EXPORT_DIRECTORY *table =
      (const void *)(base + headers->OptionalHeader.DataDirectory[0].VirtualAddress);
  const DWORD *names = (const void *)(base + table->AddressOfNames);

  for (DWORD i = 0; i < table->NumberOfNames; i++) {
    const char *name = (const char *)base + names[i];
    const BYTE *code = code_of(name);

    if (code)
      visit(name, code);
  }
}

static unsigned exported, found, unlisted;

static void check_export(const char *name, const BYTE *code)
{
  exported++;
  if (!is_bare_stub(code, name))
    return;
  found++;
  if (is_listed(name))
    return;
  unlisted++;
  test_note("%s is a bare stub, and not listed", name);
}

/* The first: where none at all is found, they do not look as is_bare_stub() thinks. */
TEST(every_bare_stub_is_listed)
{
  exported = found = unlisted = 0;
  each_export(check_export);
  test_note("%u names, %u of them bare stubs", exported, found);
  CHECK(found);
  CHECK_EQ(unlisted, 0);
}

static void check_listed(const char *name)
{
  struct module own, its;
  const BYTE *code = code_of(name);

  if (!code)
    check_failed(__FILE__, __LINE__, "%s is not exported", name);
  CHECK(module_of(GetModuleHandleA(MODULE_NAME), &own));
  CHECK(module_of(code, &its));
  if (its.base == own.base)
    check_failed(__FILE__, __LINE__, "%s is listed, and not forwarded", name);
  if (!is_bare_stub(code, name))
    test_note("%s is a stub of this Wine's no more", name);
}

TEST(what_is_listed_is_forwarded)
{
  char name[64];

  for (size_t i = 0; i < ARRAYSIZE(stubs); i++)
    for (const char *rest = stubs[i].names; *rest; rest += strspn(rest, " ")) {
      size_t length = strcspn(rest, " ");

      CHECK(length < sizeof(name));
      memcpy(name, rest, length);
      name[length] = 0;
      rest += length;
      check_listed(name);
    }
}
