/*
 * Names that programs may call and that Wine has as bare stubs, which end the process: here
 * they say, with a status that is documented for them, that the runtime has nothing to give.
 * What has something to do is where it belongs: api_management.c, api_mutex.c, binding/,
 * server/, ndr/.
 */
#include <windows.h>
#include <rpc.h>
#include <rpcndr.h>
#include <rpcasync.h>

/* In no header of MinGW-w64. */
RPC_STATUS RPC_ENTRY RpcErrorNumberOfRecords(RPC_ERROR_ENUM_HANDLE *enumeration, int *records);
RPC_STATUS RPC_ENTRY I_RpcServerAllocateIpPort(DWORD flags, USHORT *port);

/* ---- a directory of servers: there is none ---- */

RPC_STATUS RPC_ENTRY I_RpcNsInterfaceExported(ULONG syntax, unsigned short *name,
                                              RPC_SERVER_INTERFACE *spec)
{
  (void)syntax;
  (void)name;
  return spec ? RPC_S_CANNOT_SUPPORT : RPC_S_INVALID_ARG;
}

RPC_STATUS RPC_ENTRY I_RpcNsInterfaceUnexported(ULONG syntax, unsigned short *name,
                                                RPC_SERVER_INTERFACE *spec)
{
  return I_RpcNsInterfaceExported(syntax, name, spec);
}

/* ---- not supported on Windows either, [Microsoft, "RpcUserFree"] ---- */

void RPC_ENTRY RpcUserFree(handle_t handle, void *buffer)
{
  (void)handle;
  (void)buffer;
}

/* ---- extended error information: calls have none ---- */

RPC_STATUS RPC_ENTRY RpcErrorAddRecord(RPC_EXTENDED_ERROR_INFO *information)
{
  return information ? RPC_S_CANNOT_SUPPORT : ERROR_INVALID_PARAMETER;
}

/* RpcErrorStartEnumeration finds nothing: no enumeration is sound. */
RPC_STATUS RPC_ENTRY RpcErrorNumberOfRecords(RPC_ERROR_ENUM_HANDLE *enumeration, int *records)
{
  (void)enumeration;
  (void)records;
  return ERROR_INVALID_PARAMETER;
}

RPC_STATUS RPC_ENTRY RpcErrorResetEnumeration(RPC_ERROR_ENUM_HANDLE *enumeration)
{
  (void)enumeration;
  return ERROR_INVALID_PARAMETER;
}

void RPC_ENTRY RpcErrorClearInformation(void)
{
}

RPC_STATUS RPC_ENTRY I_RpcGetExtendedError(void)
{
  return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY I_RpcTurnOnEEInfoPropagation(void)
{
  return RPC_S_CANNOT_SUPPORT;
}

/* ---- what is under a connection ---- */

RPC_STATUS RPC_ENTRY I_RpcConnectionInqSockBuffSize(ULONG *receive, ULONG *send)
{
  return receive && send ? RPC_S_CANNOT_SUPPORT : RPC_S_INVALID_ARG;
}

RPC_STATUS RPC_ENTRY I_RpcConnectionSetSockBuffSize(ULONG receive, ULONG send)
{
  (void)receive;
  (void)send;
  return RPC_S_CANNOT_SUPPORT;
}

RPC_STATUS RPC_ENTRY I_RpcServerAllocateIpPort(DWORD flags, USHORT *port)
{
  (void)flags;
  return port ? RPC_S_CANNOT_SUPPORT : RPC_S_INVALID_ARG;
}

RPC_STATUS RPC_ENTRY I_RpcServerSetAddressChangeFn(RPC_ADDRESS_CHANGE_FN *function)
{
  (void)function;
  return RPC_S_CANNOT_SUPPORT;
}

RPC_ADDRESS_CHANGE_FN *RPC_ENTRY I_RpcServerInqAddressChangeFn(void)
{
  return NULL;
}

RPC_STATUS RPC_ENTRY I_RpcServerRegisterForwardFunction(RPC_FORWARD_FUNCTION *function)
{
  (void)function;
  return RPC_S_CANNOT_SUPPORT;
}

RPC_STATUS RPC_ENTRY I_RpcIfInqTransferSyntaxes(RPC_IF_HANDLE spec,
                                                RPC_TRANSFER_SYNTAX *syntaxes,
                                                unsigned int room, unsigned int *count)
{
  (void)room;
  return spec && syntaxes && count ? RPC_S_CANNOT_SUPPORT : RPC_S_INVALID_ARG;
}
