/*
 * IAdviseSink and IAdviseSink2, whose methods return nothing: between two places, called
 * synchronously and asynchronously, of objects with and without calls of their own.
 */
#include <stdlib.h>

#include "twin_places.h"

#define CHANGE "what has changed"
#define ASPECT 0x12345678
#define INDEX  (-2)

static struct twin_object *seen(void *iface)
{
  struct twin_object *object = CONTAINING_RECORD(iface, struct twin_object, methods);

  InterlockedIncrement(&object->seen);
  return object;
}

/* ---- the object ---- */

static void STDMETHODCALLTYPE on_data_change(void *iface, FORMATETC *format, STGMEDIUM *medium)
{
  seen(iface);
  CHECK_EQ(format->cfFormat, CF_TEXT);
  CHECK_EQ(format->lindex, INDEX);
  CHECK_EQ(medium->tymed, TYMED_HGLOBAL);
  CHECK_EQ(strcmp(GlobalLock(medium->hGlobal), CHANGE), 0);
  GlobalUnlock(medium->hGlobal);
}

static void STDMETHODCALLTYPE on_view_change(void *iface, DWORD aspect, LONG index)
{
  seen(iface);
  CHECK_EQ(aspect, ASPECT);
  CHECK_EQ(index, INDEX);
}

static void STDMETHODCALLTYPE on_moniker(void *iface, IMoniker *moniker)
{
  DWORD kind;

  seen(iface);
  CHECK_EQ(IMoniker_IsSystemMoniker(moniker, &kind), S_OK);
  CHECK_EQ(kind, MKSYS_ITEMMONIKER);
}

static void STDMETHODCALLTYPE on_nothing(void *iface)
{
  seen(iface);
}

/* ---- its call objects ---- */

static struct twin_call *call_of(void *iface)
{
  return CONTAINING_RECORD(iface, struct twin_call, methods);
}

static void STDMETHODCALLTYPE begin_data_change(void *iface, FORMATETC *format,
                                                STGMEDIUM *medium)
{
  on_data_change(&call_of(iface)->object->methods, format, medium);
  twin_call_begun(call_of(iface));
}

static void STDMETHODCALLTYPE begin_view_change(void *iface, DWORD aspect, LONG index)
{
  on_view_change(&call_of(iface)->object->methods, aspect, index);
  twin_call_begun(call_of(iface));
}

static void STDMETHODCALLTYPE begin_moniker(void *iface, IMoniker *moniker)
{
  on_moniker(&call_of(iface)->object->methods, moniker);
  twin_call_begun(call_of(iface));
}

static void STDMETHODCALLTYPE begin_nothing(void *iface)
{
  on_nothing(&call_of(iface)->object->methods);
  twin_call_begun(call_of(iface));
}

static void STDMETHODCALLTYPE finish(void *iface)
{
  twin_call_finished(call_of(iface));
}

/* IAdviseSink ends before the last one, AsyncIAdviseSink before the last two. */
static void *const methods[] = {twin_query_interface, twin_add_ref,   twin_release,
                                on_data_change,       on_view_change, on_moniker,
                                on_nothing,           on_nothing,     on_moniker};
static void *const async_methods[] = {
    twin_call_query_interface,
    twin_call_add_ref,
    twin_call_release,
    begin_data_change,
    finish,
    begin_view_change,
    finish,
    begin_moniker,
    finish,
    begin_nothing,
    finish,
    begin_nothing,
    finish,
    begin_moniker,
    finish,
};

static struct twin_object *create(const struct twin_interfaces *interfaces,
                                  enum twin_manner manner)
{
  struct twin_object *object = calloc(1, sizeof(*object));

  CHECK(object);
  twin_object_init(object, interfaces, manner);
  return object;
}

static struct twin_object *create_sink(enum twin_manner manner)
{
  static const struct twin_interfaces interfaces = {
      &IID_IAdviseSink, NULL, &IID_AsyncIAdviseSink, NULL, methods, async_methods};

  return create(&interfaces, manner);
}

static struct twin_object *create_sink2(enum twin_manner manner)
{
  static const struct twin_interfaces interfaces = {
      &IID_IAdviseSink2,     &IID_IAdviseSink, &IID_AsyncIAdviseSink2,
      &IID_AsyncIAdviseSink, methods,          async_methods};

  return create(&interfaces, manner);
}

/* ---- clients ---- */

static FORMATETC format = {CF_TEXT, NULL, DVASPECT_CONTENT, INDEX, TYMED_HGLOBAL};

static void new_medium(STGMEDIUM *medium)
{
  memset(medium, 0, sizeof(*medium));
  medium->tymed = TYMED_HGLOBAL;
  medium->hGlobal = GlobalAlloc(GMEM_MOVEABLE, sizeof(CHANGE));
  CHECK(medium->hGlobal);
  strcpy(GlobalLock(medium->hGlobal), CHANGE);
  GlobalUnlock(medium->hGlobal);
}

static IMoniker *new_moniker(void)
{
  IMoniker *moniker;

  CHECK_EQ(CreateItemMoniker(L"!", L"new name", &moniker), S_OK);
  return moniker;
}

#define SINK_CALLS 5
static void call(IAdviseSink *sink)
{
  IMoniker *moniker = new_moniker();
  STGMEDIUM medium;

  new_medium(&medium);
  IAdviseSink_OnDataChange(sink, &format, &medium);
  IAdviseSink_OnViewChange(sink, ASPECT, INDEX);
  IAdviseSink_OnRename(sink, moniker);
  IAdviseSink_OnSave(sink);
  IAdviseSink_OnClose(sink);
  ReleaseStgMedium(&medium);
  IMoniker_Release(moniker);
}

/* What Begin_OnDataChange has been given is the caller's again when it returns. */
static void change_data(AsyncIAdviseSink *call)
{
  STGMEDIUM medium;

  new_medium(&medium);
  AsyncIAdviseSink_Begin_OnDataChange(call, &format, &medium);
  memset(GlobalLock(medium.hGlobal), 0, sizeof(CHANGE));
  GlobalUnlock(medium.hGlobal);
  ReleaseStgMedium(&medium);
  AsyncIAdviseSink_Finish_OnDataChange(call);
}

static void wait_for(void *call)
{
  ISynchronize *synchronize;

  CHECK_EQ(IUnknown_QueryInterface((IUnknown *)call, &IID_ISynchronize, (void **)&synchronize),
           S_OK);
  CHECK_EQ(ISynchronize_Wait(synchronize, COWAIT_DEFAULT, INFINITE), S_OK);
  ISynchronize_Release(synchronize);
}

static void begin_and_finish(AsyncIAdviseSink *call)
{
  IMoniker *moniker = new_moniker();

  change_data(call);
  AsyncIAdviseSink_Begin_OnViewChange(call, ASPECT, INDEX);
  wait_for(call);
  AsyncIAdviseSink_Finish_OnViewChange(call);
  AsyncIAdviseSink_Begin_OnRename(call, moniker);
  AsyncIAdviseSink_Finish_OnRename(call);
  AsyncIAdviseSink_Begin_OnSave(call);
  AsyncIAdviseSink_Finish_OnSave(call);
  AsyncIAdviseSink_Begin_OnClose(call);
  AsyncIAdviseSink_Finish_OnClose(call);
  IMoniker_Release(moniker);
}

static void call_sink(void *proxy)
{
  call(proxy);
}

static void call_sink_asynchronously(void *proxy)
{
  AsyncIAdviseSink *call = twin_new_call(proxy, &IID_AsyncIAdviseSink);

  begin_and_finish(call);
  CHECK_EQ(AsyncIAdviseSink_Release(call), 0);
}

static void call_sink2(void *proxy)
{
  IMoniker *moniker = new_moniker();

  call(proxy);
  IAdviseSink2_OnLinkSrcChange((IAdviseSink2 *)proxy, moniker);
  IMoniker_Release(moniker);
}

static void call_sink2_asynchronously(void *proxy)
{
  AsyncIAdviseSink2 *call = twin_new_call(proxy, &IID_AsyncIAdviseSink2);
  IMoniker *moniker = new_moniker();

  begin_and_finish((AsyncIAdviseSink *)call);
  AsyncIAdviseSink2_Begin_OnLinkSrcChange(call, moniker);
  AsyncIAdviseSink2_Finish_OnLinkSrcChange(call);
  CHECK_EQ(AsyncIAdviseSink2_Release(call), 0);
  IMoniker_Release(moniker);
}

const struct twin_kind twin_kinds[] = {
    {&IID_IAdviseSink, create_sink, call_sink, call_sink_asynchronously, 2 * SINK_CALLS},
    {&IID_IAdviseSink2, create_sink2, call_sink2, call_sink2_asynchronously,
     2 * (SINK_CALLS + 1)},
    {0},
};

IN_MTA(sinks_are_told_from_an_sta_into_the_mta)
{
  twin_places_call_from(STA);
}

IN_STA(sinks_are_told_from_the_mta_into_an_sta)
{
  twin_places_call_from(MTA);
}

IN_STA(sinks_are_told_from_sta_to_sta)
{
  twin_places_call_from(STA);
}

IN_MTA(sinks_are_told_from_the_mta_to_the_mta_of_another_process)
{
  twin_places_call_process(MTA);
}

IN_STA(sinks_are_told_from_an_sta_to_an_sta_of_another_process)
{
  twin_places_call_process(STA);
}
