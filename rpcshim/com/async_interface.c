#include "async_interface.h"

#include <string.h>

#define ASYNC_NAME_PREFIX "Async"

/* MIDL: the method is inherited from an interface of another file. */
#define DELEGATED_PROCEDURE 0xffff

/* [Microsoft, DCE transfer syntax for NDR] */
static const RPC_SYNTAX_IDENTIFIER ndr_syntax = {
    {0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}}, {2, 0}};

bool proxy_file_is_async(const ProxyFileInfo *file)
{
  /* Version 1 ends before the member. */
  return file->TableVersion > 1 && file->pAsyncIIDLookup;
}

/*
 * pAsyncIIDLookup cannot say which it is: MIDL has an entry for each interface of the file,
 * widl only for the asynchronous ones and their twins, and neither says how many there are. But
 * both leave the methods of an asynchronous interface's stub empty, Release, too, which all
 * others have from the proxy DLL.
 */
static bool is_asynchronous(const CInterfaceStubVtbl *stub)
{
  return !stub->Vtbl.QueryInterface && !stub->Vtbl.Release && !stub->Vtbl.Invoke;
}

static bool find_synchronous(const ProxyFileInfo *file, const char *async_name,
                             unsigned int *index)
{
  static const size_t prefix = sizeof(ASYNC_NAME_PREFIX) - 1;

  if (strncmp(async_name, ASYNC_NAME_PREFIX, prefix) != 0)
    return false;
  for (*index = 0; *index < file->TableSize; ++*index) {
    if (strcmp(file->pNamesArray[*index], async_name + prefix) == 0)
      return true;
  }
  return false;
}

/* Stubs for several transfer syntaxes have a format string for each: NDR's. */
static bool find_procedures(const MIDL_SERVER_INFO *server, struct async_interface *async)
{
  async->description = server->pStubDesc;
  async->procedures = server->ProcString;
  async->offsets = server->FmtStringOffset;
  for (ULONG_PTR i = 0; i < server->nCount; i++) {
    const MIDL_SYNTAX_INFO *syntax = &server->pSyntaxInfo[i];

    if (memcmp(&syntax->TransferSyntax, &ndr_syntax, sizeof(ndr_syntax)) == 0) {
      async->procedures = syntax->ProcString;
      async->offsets = syntax->FmtStringOffset;
    }
  }
  return async->description && async->procedures && async->offsets;
}

/*
 * Who describes which methods. false: one that nobody does, which is [local], or inherited from
 * nobody knows where.
 */
static bool find_base(const ProxyFileInfo *file, unsigned int index,
                      struct async_interface *async)
{
  unsigned int i = FIRST_METHOD;

  while (i < async->method_end && async->offsets[i] == DELEGATED_PROCEDURE)
    i++;
  async->base = NULL;
  async->method_begin = i;
  for (; i < async->method_end; i++) {
    if (async->offsets[i] == DELEGATED_PROCEDURE)
      return false;
  }
  if (async->method_begin == FIRST_METHOD)
    return true;
  async->base = file->pDelegatedIIDs ? file->pDelegatedIIDs[index] : NULL;
  return async->base != NULL;
}

bool async_interface_inherits(const struct async_interface *heir,
                              const struct async_interface *other)
{
  if (other == heir || other->method_end <= other->method_begin ||
      other->method_end >= heir->method_end || other->method_begin != heir->method_begin ||
      other->procedures != heir->procedures || !other->base != !heir->base)
    return false;
  if (heir->base && !IsEqualIID(heir->base, other->base))
    return false;
  return memcmp(&heir->offsets[heir->method_begin], &other->offsets[heir->method_begin],
                (other->method_end - heir->method_begin) * sizeof(heir->offsets[0])) == 0;
}

bool async_interface_at(const ProxyFileInfo *file, unsigned int index,
                        struct async_interface *found)
{
  const CInterfaceStubVtbl *stub = file->pStubVtblList[index], *twin;
  unsigned int twin_index;

  if (!is_asynchronous(stub) || !find_synchronous(file, file->pNamesArray[index], &twin_index))
    return false;
  twin = file->pStubVtblList[twin_index];
  if (twin->header.DispatchTableCount < FIRST_METHOD ||
      stub->header.DispatchTableCount !=
          async_interface_begin_method(twin->header.DispatchTableCount) ||
      !twin->header.pServerInfo || !find_procedures(twin->header.pServerInfo, found))
    return false;
  found->synchronous = twin->header.piid;
  found->asynchronous = stub->header.piid;
  found->method_end = twin->header.DispatchTableCount;
  found->thunks = stub->header.pServerInfo ? stub->header.pServerInfo->ThunkTable : NULL;
  found->parent = NULL;
  return find_base(file, twin_index, found);
}
