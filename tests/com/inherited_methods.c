/*
 * Asynchronous interfaces that inherit from one of another proxy DLL: IRing : ICircle are of
 * circle_proxy.dll, INamedFigure : IFigure, which these inherit from, of figure_proxy.dll.
 */
#include "apartment.h"
#include "helper.h"
#include "proxy_dll.h"
#include "reference_text.h"
#include "ring_object.h"

#include <stdlib.h>

/* ---- clients ---- */

static void *new_call(IUnknown *proxy, REFIID async_iid)
{
  ICallFactory *factory;
  void *call;

  CHECK_EQ(IUnknown_QueryInterface(proxy, &IID_ICallFactory, (void **)&factory), S_OK);
  CHECK_EQ(ICallFactory_CreateCall(factory, async_iid, NULL, async_iid, (IUnknown **)&call),
           S_OK);
  ICallFactory_Release(factory);
  return call;
}

/* Inherited ones of ICircle: widl's stub of IRing, whose parent inherits, has no way to them.
 */
static void call_synchronously(IRing *ring)
{
  LONG radius = 9;
  double area = 0;
  ICircle *circle;
  FigureName name = {NULL};

  CHECK_EQ(IRing_Grow(ring, 1, &radius), S_OK);
  CHECK_EQ(radius, 10);
  CHECK_EQ(IRing_QueryInterface(ring, &IID_ICircle, (void **)&circle), S_OK);
  CHECK_EQ(ICircle_Area(circle, 2, &area), S_OK);
  CHECK(area == 600);
  CHECK_EQ(ICircle_Name(circle, L"small", &name), S_OK);
  ICircle_Release(circle);
  CHECK_WIDE_EQ(name.text, L"small ring");
  CoTaskMemFree(name.text);
  CHECK_EQ(IRing_Hole(ring, &radius), S_OK);
  CHECK_EQ(radius, 9);
}

static void call_figure(AsyncIFigure *call)
{
  double area = 0;

  CHECK_EQ(AsyncIFigure_Begin_Area(call, 2), S_OK);
  CHECK_EQ(AsyncIFigure_Begin_Area(call, 2), RPC_S_CALLPENDING);
  CHECK_EQ(AsyncIFigure_Finish_Area(call, &area), S_OK);
  CHECK(area == 600);
  CHECK_EQ(AsyncIFigure_Finish_Area(call, &area), RPC_E_CALL_COMPLETE);
}

static void call_named_figure(AsyncINamedFigure *call)
{
  FigureName name = {NULL};

  call_figure((AsyncIFigure *)call);
  CHECK_EQ(AsyncINamedFigure_Begin_Name(call, L"large"), S_OK);
  CHECK_EQ(AsyncINamedFigure_Finish_Name(call, &name), S_OK);
  CHECK_WIDE_EQ(name.text, L"large ring");
  CoTaskMemFree(name.text);
}

static void call_circle(AsyncICircle *call)
{
  LONG radius = 7;

  CHECK_EQ(AsyncICircle_Begin_Grow(call, 3, &radius), S_OK);
  radius = 7;
  CHECK_EQ(AsyncICircle_Finish_Grow(call, &radius), S_OK);
  CHECK_EQ(radius, 10);
  call_named_figure((AsyncINamedFigure *)call);
}

static void call_ring(AsyncIRing *call)
{
  LONG radius = 0;

  call_circle((AsyncICircle *)call);
  CHECK_EQ(AsyncIRing_Begin_Hole(call), S_OK);
  CHECK_EQ(AsyncIRing_Finish_Hole(call, &radius), S_OK);
  CHECK_EQ(radius, 9);
}

/* Each base, of whichever DLL, is the same pointer and the same object. */
static void check_bases(AsyncIRing *call)
{
  static const IID *const bases[] = {&IID_AsyncIFigure, &IID_AsyncINamedFigure,
                                     &IID_AsyncICircle, &IID_AsyncIRing};
  static const IID *const others[] = {&IID_IRing, &IID_IFigure, &IID_IRpcProxyBuffer,
                                      &IID_ICallFactory};
  void *found;

  for (size_t i = 0; i < ARRAYSIZE(bases); i++) {
    CHECK_EQ(AsyncIRing_QueryInterface(call, bases[i], &found), S_OK);
    CHECK(found == call);
    call_figure(found);
    CHECK_EQ(AsyncIRing_Release(call), 1);
  }
  for (size_t i = 0; i < ARRAYSIZE(others); i++) {
    CHECK_EQ(AsyncIRing_QueryInterface(call, others[i], &found), E_NOINTERFACE);
    CHECK(!found);
  }
}

static void check_heirs(AsyncIFigure *call)
{
  void *found;

  CHECK_EQ(AsyncIFigure_QueryInterface(call, &IID_AsyncINamedFigure, &found), E_NOINTERFACE);
  CHECK_EQ(AsyncIFigure_QueryInterface(call, &IID_AsyncIRing, &found), E_NOINTERFACE);
  CHECK(!found);
}

static void query_calls(IRing *ring)
{
  AsyncIRing *call = new_call((IUnknown *)ring, &IID_AsyncIRing);
  AsyncIFigure *figure = new_call((IUnknown *)ring, &IID_AsyncIFigure);
  ICallFactory *factory;
  IUnknown *base;

  check_bases(call);
  check_heirs(figure);
  CHECK_EQ(AsyncIFigure_Release(figure), 0);
  CHECK_EQ(AsyncIRing_Release(call), 0);
  CHECK_EQ(IRing_QueryInterface(ring, &IID_ICallFactory, (void **)&factory), S_OK);
  CHECK_EQ(ICallFactory_CreateCall(factory, &IID_AsyncIRing, NULL, &IID_AsyncIFigure, &base),
           S_OK);
  call_figure((AsyncIFigure *)base);
  CHECK_EQ(IUnknown_Release(base), 0);
  ICallFactory_Release(factory);
}

/* By those whose stubs are whole. */
static void call_circles(IRing *ring)
{
  AsyncICircle *circle = new_call((IUnknown *)ring, &IID_AsyncICircle);
  AsyncINamedFigure *figure = new_call((IUnknown *)ring, &IID_AsyncINamedFigure);

  call_synchronously(ring);
  call_circle(circle);
  CHECK_EQ(AsyncICircle_Release(circle), 0);
  call_named_figure(figure);
  CHECK_EQ(AsyncINamedFigure_Release(figure), 0);
}
#define CIRCLE_CALLS 9

static void call_everything(IRing *ring)
{
  AsyncIRing *call = new_call((IUnknown *)ring, &IID_AsyncIRing);

  call_circles(ring);
  call_ring(call);
  CHECK_EQ(AsyncIRing_Release(call), 0);
}
#define CALLS      13
#define RING_CALLS 6 /* those by IRing and its twin, which the object has call objects for */

struct client {
  IStream *stream;
  void (*body)(IRing *ring);
};

static void run_client(void *context)
{
  struct client *client = context;
  IRing *ring;

  CHECK_EQ(CoGetInterfaceAndReleaseStream(client->stream, &IID_IRing, (void **)&ring), S_OK);
  client->body(ring);
  IRing_Release(ring);
}

static void call_from(enum apartment apartment, struct ring_object *object,
                      void (*body)(IRing *ring))
{
  struct client client = {NULL, body};

  CHECK_EQ(CoMarshalInterThreadInterfaceInStream(&IID_IRing, (IUnknown *)&object->ring,
                                                 &client.stream),
           S_OK);
  apartment_run(apartment, run_client, &client);
}

static void check_served(const struct ring_object *object)
{
  CHECK_EQ(object->calls, object->has_factory ? CALLS : CIRCLE_CALLS);
  CHECK_EQ(object->begun, object->has_factory ? RING_CALLS : 0);
}

/* ---- one process ---- */

static void check_from(enum apartment apartment)
{
  ring_register();
  for (int i = 0; i < 2; i++) {
    struct ring_object object;

    ring_object_init(&object, i);
    call_from(apartment, &object, i ? call_everything : call_circles);
    check_served(&object);
    CHECK_EQ(object.references, 1);
  }
}

IN_STA(inherited_methods_are_called_in_an_sta)
{
  check_from(MTA);
}

IN_MTA(inherited_methods_are_called_in_the_mta)
{
  check_from(STA);
}

IN_MTA(a_call_object_has_the_asynchronous_interfaces_that_its_own_inherits_from)
{
  struct ring_object object;

  ring_register();
  ring_object_init(&object, true);
  call_from(STA, &object, query_calls);
  CHECK_EQ(object.references, 1);
}

/* ---- two processes ---- */

static void wait_for_stop(void *unused)
{
  (void)unused;
  helper_wait_for_stop();
}

/* Argument: apartment. */
HELPER(ring_server)
{
  struct ring_object object;
  char text[256];
  bool sta;

  CHECK_EQ(argc, 1);
  sta = atoi(argv[0]) == STA;
  CHECK_EQ(CoInitializeEx(NULL, sta ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED), S_OK);
  ring_object_init(&object, true);
  reference_to_text(&IID_IRing, (IUnknown *)&object.ring, text, sizeof(text));
  helper_ready(text);
  apartment_run(MTA, wait_for_stop, NULL);
  check_served(&object);
  CoUninitialize();
}

static void call_process(enum apartment apartment)
{
  struct helper process;
  char arguments[8];
  IRing *ring;

  snprintf(arguments, sizeof(arguments), "%d", apartment);
  helper_start(&process, "ring_server", arguments, RUNTIME_SHIM);
  ring = reference_from_text(&IID_IRing, process.text);
  call_everything(ring);
  IRing_Release(ring);
  helper_stop(&process);
}

IN_EACH_APARTMENT(inherited_methods_are_called_in_another_process)
{
  ring_register();
  call_process(STA);
  call_process(MTA);
}

/* ---- the base's proxy DLL ---- */

static bool is_loaded(const char *dll)
{
  return GetModuleHandleA(dll) != NULL;
}

static void check_dlls(IRing *ring)
{
  AsyncIRing *call = new_call((IUnknown *)ring, &IID_AsyncIRing);

  CoFreeUnusedLibrariesEx(0, 0);
  CHECK(is_loaded("figure_proxy.dll"));
  call_figure((AsyncIFigure *)call);
  CHECK_EQ(AsyncIRing_Release(call), 0);
}

IN_MTA(a_call_object_keeps_the_proxy_dll_of_the_base_and_lets_it_go)
{
  struct ring_object object;

  ring_register();
  ring_object_init(&object, true);
  call_from(STA, &object, check_dlls);
  CHECK_EQ(object.references, 1);
  CoFreeUnusedLibrariesEx(0, 0);
  CoFreeUnusedLibrariesEx(0, 0);
  CHECK(!is_loaded("circle_proxy.dll"));
  CHECK(!is_loaded("figure_proxy.dll"));
}

static void create_without_base(IRing *ring)
{
  HMODULE figure = proxy_dll_load_of("figure");
  ICallFactory *factory;
  IUnknown *call = (IUnknown *)ring;

  CHECK_EQ(IRing_QueryInterface(ring, &IID_ICallFactory, (void **)&factory), S_OK);
  CHECK_EQ(proxy_dll_call(figure, "DllUnregisterServer"), S_OK);
  CHECK_EQ(ICallFactory_CreateCall(factory, &IID_AsyncIRing, NULL, &IID_AsyncIRing, &call),
           E_NOINTERFACE);
  CHECK(!call);
  CHECK_EQ(proxy_dll_call(figure, "DllRegisterServer"), S_OK);
  CHECK_EQ(ICallFactory_CreateCall(factory, &IID_AsyncIRing, NULL, &IID_AsyncIRing, &call),
           S_OK);
  call_ring((AsyncIRing *)call);
  IUnknown_Release(call);
  ICallFactory_Release(factory);
  FreeLibrary(figure);
}

IN_MTA(without_the_base_there_is_no_call_object)
{
  struct ring_object object;

  ring_register();
  ring_object_init(&object, true);
  call_from(STA, &object, create_without_base);
  CHECK_EQ(object.references, 1);
}
