#include "twin_places.h"

#include <stdlib.h>

#include "helper.h"
#include "reference_text.h"

#define MOST_KINDS 4

void *twin_new_call(void *proxy, REFIID async_iid)
{
  ICallFactory *factory;
  void *call;

  CHECK_EQ(IUnknown_QueryInterface((IUnknown *)proxy, &IID_ICallFactory, (void **)&factory),
           S_OK);
  CHECK_EQ(
      ICallFactory_CreateCall(factory, async_iid, NULL, async_iid, (IUnknown **)(void *)&call),
      S_OK);
  ICallFactory_Release(factory);
  return call;
}

static void call_everything(const struct twin_kind *kind, void *proxy)
{
  kind->call(proxy);
  kind->call_asynchronously(proxy);
  IUnknown_Release((IUnknown *)proxy);
}

static void check_served(const struct twin_kind *kind, struct twin_object *object)
{
  twin_object_check_served(object, kind->calls);
  free(object);
}

/* ---- one process ---- */

struct client {
  const struct twin_kind *kind;
  IStream *stream;
};

static void run_client(void *context)
{
  struct client *client = context;
  void *proxy;

  CHECK_EQ(CoGetInterfaceAndReleaseStream(client->stream, client->kind->iid, &proxy), S_OK);
  call_everything(client->kind, proxy);
}

void twin_places_call_from(enum apartment apartment)
{
  for (const struct twin_kind *kind = twin_kinds; kind->iid; kind++) {
    for (enum twin_manner manner = 0; manner < TWIN_MANNERS; manner++) {
      struct twin_object *object = kind->create(manner);
      struct client client = {kind, NULL};

      CHECK_EQ(CoMarshalInterThreadInterfaceInStream(kind->iid, (IUnknown *)&object->methods,
                                                     &client.stream),
               S_OK);
      apartment_run(apartment, run_client, &client);
      check_served(kind, object);
    }
  }
}

/* ---- two processes ---- */

static void wait_for_stop(void *unused)
{
  (void)unused;
  helper_wait_for_stop();
}

/* One of each kind and manner; says a line for each. */
static void create_all(struct twin_object **objects)
{
  char text[256];

  for (const struct twin_kind *kind = twin_kinds; kind->iid; kind++) {
    for (enum twin_manner manner = 0; manner < TWIN_MANNERS; manner++) {
      struct twin_object *object = kind->create(manner);

      reference_to_text(kind->iid, (IUnknown *)&object->methods, text, sizeof(text));
      helper_ready(text);
      *objects++ = object;
    }
  }
}

/* Argument: apartment. */
HELPER(twin_server)
{
  struct twin_object *objects[MOST_KINDS * TWIN_MANNERS], **next = objects;

  CHECK_EQ(argc, 1);
  CHECK_EQ(CoInitializeEx(NULL, atoi(argv[0]) == STA ? COINIT_APARTMENTTHREADED
                                                     : COINIT_MULTITHREADED),
           S_OK);
  create_all(objects);
  apartment_run(MTA, wait_for_stop, NULL);
  for (const struct twin_kind *kind = twin_kinds; kind->iid; kind++) {
    for (enum twin_manner manner = 0; manner < TWIN_MANNERS; manner++)
      check_served(kind, *next++);
  }
  CoUninitialize();
}

void twin_places_call_process(enum apartment server)
{
  struct helper process;
  bool first = true;
  char argument[16];

  snprintf(argument, sizeof(argument), "%d", server);
  helper_start(&process, "twin_server", argument, RUNTIME_SHIM);
  for (const struct twin_kind *kind = twin_kinds; kind->iid; kind++) {
    for (enum twin_manner manner = 0; manner < TWIN_MANNERS; manner++) {
      if (!first)
        helper_next_text(&process);
      first = false;
      call_everything(kind, reference_from_text(kind->iid, process.text));
    }
  }
  helper_stop(&process);
}
