/*
 * Before what widl generates of advise_sinks.idl: names that it uses, and ours for the same.
 */
#include "storage_medium.h"

#define CLIPFORMAT_UserSize           clipboard_format_size
#define CLIPFORMAT_UserMarshal        clipboard_format_marshal
#define CLIPFORMAT_UserUnmarshal      clipboard_format_unmarshal
#define CLIPFORMAT_UserFree           clipboard_format_free
#define ASYNC_STGMEDIUM_UserSize      storage_medium_size
#define ASYNC_STGMEDIUM_UserMarshal   storage_medium_marshal
#define ASYNC_STGMEDIUM_UserUnmarshal storage_medium_unmarshal
#define ASYNC_STGMEDIUM_UserFree      storage_medium_free

#define IID_IRemoteAdviseSink  IID_IAdviseSink
#define IID_IRemoteAdviseSink2 IID_IAdviseSink2
