#include "object_reference.h"

#include <rpc.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include "../original/original.h"

#define SIGNATURE     0x574f454du /* "MEOW" */
#define KIND_STANDARD 1u

/* The lower half of an OXID of combase's; of others it is the apartment's thread. */
#define OXID_OF_MTA 0xcafe

/* OBJREF with its STDOBJREF, MS-DCOM 2.2.18; nothing in it is padded. */
struct standard_reference {
  uint32_t signature;
  uint32_t kind;
  IID iid;
  uint32_t flags;
  uint32_t public_references;
  uint64_t oxid;
  uint64_t oid;
  GUID ipid;
};

static HRESULT read_reference(IStream *stream, struct standard_reference *reference)
{
  LARGE_INTEGER start = {.QuadPart = 0};
  ULONG length = 0;
  HRESULT result = stream->lpVtbl->Seek(stream, start, STREAM_SEEK_SET, NULL);

  if (SUCCEEDED(result))
    result = stream->lpVtbl->Read(stream, reference, sizeof(*reference), &length);
  if (FAILED(result))
    return result;
  return length == sizeof(*reference) && reference->signature == SIGNATURE &&
                 reference->kind == KIND_STANDARD
             ? S_OK
             : E_NOINTERFACE;
}

static HRESULT marshal(IUnknown *proxy, REFIID iid, struct standard_reference *reference)
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

static RPC_STATUS bind_to(const struct standard_reference *reference,
                          RPC_BINDING_HANDLE *binding)
{
  static WCHAR sequence[] = L"ncalrpc";
  WCHAR endpoint[sizeof("\\pipe\\OLE_0123456789abcdef")];
  UUID object = reference->ipid;
  RPC_WSTR text;
  RPC_STATUS status;

  swprintf(endpoint, sizeof(endpoint) / sizeof(endpoint[0]), L"\\pipe\\OLE_%016I64x",
           reference->oxid);
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

HRESULT object_reference_bind(IUnknown *proxy, REFIID iid, RPC_BINDING_HANDLE *binding,
                              DWORD *thread)
{
  struct standard_reference reference;
  HRESULT result = marshal(proxy, iid, &reference);
  RPC_STATUS status;

  if (FAILED(result))
    return result;
  *thread = (DWORD)reference.oxid;
  if (*thread == OXID_OF_MTA)
    *thread = 0;
  status = bind_to(&reference, binding);
  return HRESULT_FROM_WIN32(status);
}
