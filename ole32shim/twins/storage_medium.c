#include "storage_medium.h"

#include "../original/original.h"

ULONG __RPC_USER clipboard_format_size(ULONG *flags, ULONG offset, CLIPFORMAT *data)
{
  return original.CLIPFORMAT_UserSize(flags, offset, data);
}

unsigned char *__RPC_USER clipboard_format_marshal(ULONG *flags, unsigned char *buffer,
                                                   CLIPFORMAT *data)
{
  return original.CLIPFORMAT_UserMarshal(flags, buffer, data);
}

unsigned char *__RPC_USER clipboard_format_unmarshal(ULONG *flags, unsigned char *buffer,
                                                     CLIPFORMAT *data)
{
  return original.CLIPFORMAT_UserUnmarshal(flags, buffer, data);
}

void __RPC_USER clipboard_format_free(ULONG *flags, CLIPFORMAT *data)
{
  original.CLIPFORMAT_UserFree(flags, data);
}

ULONG __RPC_USER storage_medium_size(ULONG *flags, ULONG offset, STGMEDIUM *data)
{
  return original.STGMEDIUM_UserSize(flags, offset, data);
}

unsigned char *__RPC_USER storage_medium_marshal(ULONG *flags, unsigned char *buffer,
                                                 STGMEDIUM *data)
{
  return original.STGMEDIUM_UserMarshal(flags, buffer, data);
}

unsigned char *__RPC_USER storage_medium_unmarshal(ULONG *flags, unsigned char *buffer,
                                                   STGMEDIUM *data)
{
  return original.STGMEDIUM_UserUnmarshal(flags, buffer, data);
}

void __RPC_USER storage_medium_free(ULONG *flags, STGMEDIUM *data)
{
  original.STGMEDIUM_UserFree(flags, data);
}
