#include "sync_server.h"

#include <stdlib.h>

#include "../server/running_call.h"
#include "finally.h"
#include "raise.h"
#include "server_frame.h"
#include "unmarshall_guard.h"

#define SMALL_FRAME 512

/* A call: on its thread's stack where one thread has it from beginning to end. */
struct sync_server {
  RPC_MESSAGE *rpc;
  struct procedure procedure;
  struct server_frame frame;
  void *allocated; /* where `small` does not do */
  _Alignas(16) unsigned char small[SMALL_FRAME];
};

static void *frame_memory(struct sync_server *server)
{
  size_t size = procedure_frame_size(&server->procedure);

  if (size <= sizeof(server->small)) {
    memset(server->small, 0, size);
    return server->small;
  }
  server->allocated = calloc(1, size);
  if (!server->allocated)
    raise_status(RPC_S_OUT_OF_MEMORY);
  return server->allocated;
}

static void call_manager(struct sync_server *server)
{
  server_call_enters_manager(server->rpc->Handle);
  server_frame_call(&server->frame);
  server_frame_marshall(&server->frame);
}

static void begin(struct sync_server *server)
{
  server_frame_begin(&server->frame, &server->procedure, server->rpc, frame_memory(server));
}

static void clean_up(struct sync_server *server)
{
  if (server->frame.procedure)
    server_frame_end(&server->frame);
  free(server->allocated);
}

/* ---- on the stack ---- */

static void serve(void *context)
{
  struct sync_server *server = context;

  begin(server);
  unmarshall_guarded(&server->frame, NULL, NULL);
  call_manager(server);
}

static void serve_cleanup(void *context, bool unwinding)
{
  (void)unwinding;
  clean_up(context);
}

/* ---- on the heap: the call may have to wait for its contexts ---- */

/* A thread's part of such a call. */
struct part {
  struct sync_server *server;
  RPC_STATUS status; /* of the waiting, for the second one */
  bool parked;       /* the second one has it by now */
};

static void resume(void *context, RPC_STATUS status);

static void serve_first(void *context)
{
  struct part *part = context;

  begin(part->server);
  part->parked = !unmarshall_guarded(&part->server->frame, resume, part->server);
  if (!part->parked)
    call_manager(part->server);
}

static void serve_second(void *context)
{
  struct part *part = context;

  unmarshall_rest_guarded(&part->server->frame, part->status);
  call_manager(part->server);
}

static void part_cleanup(void *context, bool unwinding)
{
  struct part *part = context;

  (void)unwinding;
  if (part->parked)
    return;
  clean_up(part->server);
  free(part->server);
}

static void resume(void *context, RPC_STATUS status)
{
  struct part part = {context, status, false};

  finally_call(serve_second, part_cleanup, &part);
}

static void serve_on_heap(RPC_MESSAGE *rpc, const struct procedure *procedure)
{
  struct part part = {calloc(1, sizeof(*part.server)), RPC_S_OK, false};

  if (!part.server)
    raise_status(RPC_S_OUT_OF_MEMORY);
  part.server->rpc = rpc;
  part.server->procedure = *procedure;
  finally_call(serve_first, part_cleanup, &part);
}

void sync_server_call(RPC_MESSAGE *rpc)
{
  struct sync_server server;

  procedure_parse(&server.procedure, server_information(rpc)->pStubDesc,
                  server_procedure_format(rpc));
  if (server_frame_may_wait(&server.procedure)) {
    serve_on_heap(rpc, &server.procedure);
    return;
  }
  server.rpc = rpc;
  server.frame.procedure = NULL;
  server.allocated = NULL;
  finally_call(serve, serve_cleanup, &server);
}
