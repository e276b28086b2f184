/*
 * How a STGMEDIUM and a clipboard format are marshalled: as Wine's ole32 does it. Its functions
 * (CLIPFORMAT_UserSize and so on) are exports of ole32.dll that we forward, and so nothing that
 * a table of ours can name. Called by the NDR engine. No state, no lock.
 */
#ifndef ASYNCSHIM_OLE32_STORAGE_MEDIUM_H
#define ASYNCSHIM_OLE32_STORAGE_MEDIUM_H

#include <windows.h>
#include <objidl.h>

ULONG __RPC_USER clipboard_format_size(ULONG *flags, ULONG offset, CLIPFORMAT *data);
unsigned char *__RPC_USER clipboard_format_marshal(ULONG *flags, unsigned char *buffer,
                                                   CLIPFORMAT *data);
unsigned char *__RPC_USER clipboard_format_unmarshal(ULONG *flags, unsigned char *buffer,
                                                     CLIPFORMAT *data);
void __RPC_USER clipboard_format_free(ULONG *flags, CLIPFORMAT *data);

ULONG __RPC_USER storage_medium_size(ULONG *flags, ULONG offset, STGMEDIUM *data);
unsigned char *__RPC_USER storage_medium_marshal(ULONG *flags, unsigned char *buffer,
                                                 STGMEDIUM *data);
unsigned char *__RPC_USER storage_medium_unmarshal(ULONG *flags, unsigned char *buffer,
                                                   STGMEDIUM *data);
void __RPC_USER storage_medium_free(ULONG *flags, STGMEDIUM *data);

#endif
