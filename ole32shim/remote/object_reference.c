#include "object_reference.h"

#include <string.h>
#include <wchar.h>

#include "../original/original.h"
#include "remote_scope.h"

#define SIGNATURE     0x574f454du /* "MEOW" */
#define KIND_STANDARD 1u

/* The lower half of an OXID of combase's; of others it is the apartment's thread. */
#define OXID_OF_MTA 0xcafe

/* OBJREF with its STDOBJREF and an empty DUALSTRINGARRAY, MS-DCOM 2.2.18; nothing is padded. */
struct marshalled_reference {
  uint32_t signature;
  uint32_t kind;
  IID iid;
  struct standard_reference standard;
  uint16_t address_entries, security_offset;
};

#define READ_SIZE offsetof(struct marshalled_reference, address_entries)
/* Without the padding at the end, which the alignment of 64-bit numbers makes. */
#define WRITE_SIZE (READ_SIZE + 2 * sizeof(uint16_t))

static HRESULT rewind_stream(IStream *stream)
{
  LARGE_INTEGER start = {.QuadPart = 0};

  return stream->lpVtbl->Seek(stream, start, STREAM_SEEK_SET, NULL);
}

static HRESULT read_reference(IStream *stream, struct standard_reference *reference)
{
  struct marshalled_reference marshalled;
  ULONG length = 0;
  HRESULT result = rewind_stream(stream);

  if (SUCCEEDED(result))
    result = stream->lpVtbl->Read(stream, &marshalled, READ_SIZE, &length);
  if (FAILED(result))
    return result;
  if (length != READ_SIZE || marshalled.signature != SIGNATURE ||
      marshalled.kind != KIND_STANDARD)
    return E_NOINTERFACE;
  *reference = marshalled.standard;
  return S_OK;
}

HRESULT object_reference_read(IUnknown *proxy, REFIID iid, struct standard_reference *reference)
{
  IStream *stream;
  HRESULT result = original.CreateStreamOnHGlobal(NULL, TRUE, &stream);

  if (FAILED(result))
    return result;
  result =
      original.CoMarshalInterface(stream, iid, proxy, MSHCTX_LOCAL, NULL, MSHLFLAGS_TABLEWEAK);
  if (SUCCEEDED(result))
    result = read_reference(stream, reference);
  stream->lpVtbl->Release(stream);
  return result;
}

HRESULT object_reference_unmarshal(const struct standard_reference *reference, REFIID iid,
                                   void **object)
{
  struct marshalled_reference marshalled = {
      .signature = SIGNATURE, .kind = KIND_STANDARD, .iid = *iid, .standard = *reference};
  IStream *stream;
  HRESULT result = original.CreateStreamOnHGlobal(NULL, TRUE, &stream);

  *object = NULL;
  if (FAILED(result))
    return result;
  result = stream->lpVtbl->Write(stream, &marshalled, WRITE_SIZE, NULL);
  if (SUCCEEDED(result))
    result = rewind_stream(stream);
  if (SUCCEEDED(result))
    result = original.CoUnmarshalInterface(stream, iid, object);
  stream->lpVtbl->Release(stream);
  return result;
}

HRESULT object_reference_locate(IUnknown *remote, uint64_t *oxid, GUID *ipid)
{
  /* An interface that nobody has: so the proxy manager would ask the server. */
  static const IID nobodys = {
      0x5f0d7c1e, 0x9a3b, 0x4b60, {0x8d, 0x15, 0x7c, 0x22, 0x6e, 0x91, 0x04, 0xaf}};
  struct remote_scope scope;
  IUnknown *found;

  if (!remote_scope_enter(&scope, REMOTE_SCOPE_LOCAL))
    return E_OUTOFMEMORY;
  if (SUCCEEDED(remote->lpVtbl->QueryInterface(remote, &nobodys, (void **)&found)) && found)
    found->lpVtbl->Release(found);
  remote_scope_leave(&scope);
  *oxid = scope.oxid;
  *ipid = scope.ipid;
  return scope.asked ? S_OK : E_NOINTERFACE;
}

void object_reference_release(IUnknown *proxy)
{
  APTTYPE type;
  APTTYPEQUALIFIER qualifier;
  bool entered = FAILED(original.CoGetApartmentType(&type, &qualifier)) &&
                 SUCCEEDED(original.CoInitializeEx(NULL, COINIT_MULTITHREADED));

  proxy->lpVtbl->Release(proxy);
  if (entered)
    original.CoUninitialize();
}

static RPC_STATUS bind_to(uint64_t oxid, const GUID *ipid, RPC_BINDING_HANDLE *binding)
{
  static WCHAR sequence[] = L"ncalrpc";
  WCHAR endpoint[sizeof("\\pipe\\OLE_0123456789abcdef")];
  UUID object = *ipid;
  RPC_WSTR text;
  RPC_STATUS status;

  swprintf(endpoint, sizeof(endpoint) / sizeof(endpoint[0]), L"\\pipe\\OLE_%016I64x", oxid);
  status =
      RpcStringBindingComposeW(NULL, (RPC_WSTR)sequence, NULL, (RPC_WSTR)endpoint, NULL, &text);
  if (status != RPC_S_OK)
    return status;
  status = RpcBindingFromStringBindingW(text, binding);
  RpcStringFreeW(&text);
  if (status != RPC_S_OK)
    return status;
  status = RpcBindingSetObject(*binding, &object);
  if (status != RPC_S_OK)
    RpcBindingFree(binding);
  return status;
}

HRESULT object_reference_bind(uint64_t oxid, const GUID *ipid, RPC_BINDING_HANDLE *binding)
{
  RPC_STATUS status = bind_to(oxid, ipid, binding);

  return HRESULT_FROM_WIN32(status);
}

GUID object_reference_remote_unknown(uint64_t oxid)
{
  GUID ipid = {0xffffffff, 0xffff, 0xffff, {0}};

  memcpy(ipid.Data4, &oxid, sizeof(ipid.Data4));
  return ipid;
}

DWORD object_reference_thread(uint64_t oxid)
{
  DWORD thread = (DWORD)oxid;

  return thread == OXID_OF_MTA ? 0 : thread;
}
