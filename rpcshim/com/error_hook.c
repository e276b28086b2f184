#include "error_hook.h"

#include <string.h>

#include "../call/thread_leftovers.h"
#include "../call/thread_state.h"
#include "../wire/error_info.h"
#include "com_library.h"

/* Of COM's own error objects, which can be released anywhere; set before the hook is there. */
static const IErrorInfoVtbl *own_methods;

static void release_error(void *error)
{
  IErrorInfo_Release((IErrorInfo *)error);
}

/* Where memory runs out the object stays: nothing else may be done with it here. */
static void let_go(IErrorInfo *error)
{
  if (!error)
    return;
  if (error->lpVtbl == own_methods)
    IErrorInfo_Release(error);
  else
    thread_leftovers_add(error, release_error);
}

/* ---- the client's side ---- */

static void STDMETHODCALLTYPE client_get_size(IChannelHook *hook, REFGUID extension, REFIID iid,
                                              ULONG *size)
{
  (void)hook, (void)extension;
  *size = 0;
  if (!thread_error_is_kept(iid))
    let_go(thread_error_exchange(&com_library.errors, NULL));
}

static void STDMETHODCALLTYPE client_fill_buffer(IChannelHook *hook, REFGUID extension,
                                                 REFIID iid, ULONG *size, void *buffer)
{
  (void)hook, (void)extension, (void)iid, (void)buffer;
  *size = 0;
}

static void STDMETHODCALLTYPE client_notify(IChannelHook *hook, REFGUID extension, REFIID iid,
                                            ULONG size, void *data, DWORD representation,
                                            HRESULT fault)
{
  IErrorInfo *error;

  (void)hook, (void)extension, (void)representation, (void)fault;
  if (!data && thread_error_is_kept(iid))
    return;
  error = thread_error_create(&com_library.errors, data, size);
  let_go(thread_error_exchange(&com_library.errors, error));
  if (error)
    IErrorInfo_Release(error);
}

/* ---- the server's side ---- */

const struct error_reply *error_hook_set_reply(const struct error_reply *reply)
{
  struct thread_state *state = thread_state_get();
  const struct error_reply *former = NULL;

  if (state) {
    former = state->error_reply;
    state->error_reply = reply;
  }
  return former;
}

static const struct error_reply *current_reply(void)
{
  struct thread_state *state = thread_state_get();

  return state ? state->error_reply : NULL;
}

static void STDMETHODCALLTYPE server_notify(IChannelHook *hook, REFGUID extension, REFIID iid,
                                            ULONG size, void *data, DWORD representation)
{
  (void)hook, (void)extension, (void)iid, (void)size, (void)data, (void)representation;
}

static void STDMETHODCALLTYPE server_get_size(IChannelHook *hook, REFGUID extension, REFIID iid,
                                              HRESULT fault, ULONG *size)
{
  const struct error_reply *reply = current_reply();

  (void)hook, (void)extension, (void)iid, (void)fault;
  *size = reply ? (ULONG)reply->length : 0;
}

/* *size: what there is room for, a multiple of 8. */
static void STDMETHODCALLTYPE server_fill_buffer(IChannelHook *hook, REFGUID extension,
                                                 REFIID iid, ULONG *size, void *buffer,
                                                 HRESULT fault)
{
  const struct error_reply *reply = current_reply();

  (void)hook, (void)extension, (void)iid, (void)fault;
  memset(buffer, 0, *size);
  if (!reply || reply->length > *size)
    return;
  memcpy(buffer, reply->data, reply->length);
  *size = (ULONG)reply->length;
}

/* ---- the hook ---- */

static HRESULT STDMETHODCALLTYPE query_interface(IChannelHook *hook, REFIID iid, void **object)
{
  bool known = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IChannelHook);

  *object = known ? hook : NULL;
  return known ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE count(IChannelHook *hook)
{
  (void)hook;
  return 1;
}

static IChannelHookVtbl methods = {
    query_interface, count,         count,           client_get_size,   client_fill_buffer,
    client_notify,   server_notify, server_get_size, server_fill_buffer};

static void learn_own_methods(void)
{
  ICreateErrorInfo *maker;
  IErrorInfo *error;

  if (FAILED(com_library.CreateErrorInfo(&maker)))
    return;
  if (SUCCEEDED(ICreateErrorInfo_QueryInterface(maker, &IID_IErrorInfo, (void **)&error))) {
    own_methods = error->lpVtbl;
    IErrorInfo_Release(error);
  }
  ICreateErrorInfo_Release(maker);
}

void error_hook_register(void)
{
  static IChannelHook hook = {&methods};
  static LONG registered;
  GUID extension;

  if (registered || !com_library_load() || InterlockedExchange(&registered, TRUE))
    return;
  learn_own_methods();
  memcpy(&extension, &error_extension_id, sizeof(extension));
  if (FAILED(com_library.CoRegisterChannelHook(&extension, &hook)))
    InterlockedExchange(&registered, FALSE);
}
