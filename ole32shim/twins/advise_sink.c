#include "advise_sink.h"

/*
 * Arguments as a stub has them, each in a slot as large as a pointer. The object is seen as
 * one with the second interface: what it has of that, its caller knows.
 */
#define SLOT _Alignas(void *)
#define SINK                                                                                   \
  union {                                                                                      \
    IAdviseSink2 *sink;                                                                        \
    AsyncIAdviseSink2 *async_sink;                                                             \
  }

struct no_arguments {
  SINK;
  HRESULT result;
};

struct data_change {
  SINK;
  FORMATETC *format;
  STGMEDIUM *medium;
  HRESULT result;
};

struct view_change {
  SINK;
  SLOT DWORD aspect;
  SLOT LONG index;
  SLOT HRESULT result;
};

struct moniker_change {
  SINK;
  IMoniker *moniker;
  HRESULT result;
};

/* A thunk `name` that calls a method of `object`, with arguments of the structure. */
#define THUNK(name, arguments, object, method, ...)                                            \
  static void __RPC_API name(MIDL_STUB_MESSAGE *message)                                       \
  {                                                                                            \
    struct arguments *call = (void *)message->StackTop;                                        \
                                                                                               \
    call->object->lpVtbl->method(call->object, ##__VA_ARGS__);                                 \
    call->result = S_OK;                                                                       \
  }

THUNK(data_change, data_change, sink, OnDataChange, call->format, call->medium)
THUNK(view_change, view_change, sink, OnViewChange, call->aspect, call->index)
THUNK(rename_sink, moniker_change, sink, OnRename, call->moniker)
THUNK(save, no_arguments, sink, OnSave)
THUNK(close, no_arguments, sink, OnClose)
THUNK(link_change, moniker_change, sink, OnLinkSrcChange, call->moniker)

THUNK(begin_data_change, data_change, async_sink, Begin_OnDataChange, call->format,
      call->medium)
THUNK(finish_data_change, no_arguments, async_sink, Finish_OnDataChange)
THUNK(begin_view_change, view_change, async_sink, Begin_OnViewChange, call->aspect, call->index)
THUNK(finish_view_change, no_arguments, async_sink, Finish_OnViewChange)
THUNK(begin_rename, moniker_change, async_sink, Begin_OnRename, call->moniker)
THUNK(finish_rename, no_arguments, async_sink, Finish_OnRename)
THUNK(begin_save, no_arguments, async_sink, Begin_OnSave)
THUNK(finish_save, no_arguments, async_sink, Finish_OnSave)
THUNK(begin_close, no_arguments, async_sink, Begin_OnClose)
THUNK(finish_close, no_arguments, async_sink, Finish_OnClose)
THUNK(begin_link_change, moniker_change, async_sink, Begin_OnLinkSrcChange, call->moniker)
THUNK(finish_link_change, no_arguments, async_sink, Finish_OnLinkSrcChange)

const STUB_THUNK advise_sink_thunks[] = {
    NULL, NULL, NULL, data_change, view_change, rename_sink, save, close, link_change,
};

const STUB_THUNK async_advise_sink_thunks[] = {
    NULL,
    NULL,
    NULL,
    begin_data_change,
    finish_data_change,
    begin_view_change,
    finish_view_change,
    begin_rename,
    finish_rename,
    begin_save,
    finish_save,
    begin_close,
    finish_close,
    begin_link_change,
    finish_link_change,
};
