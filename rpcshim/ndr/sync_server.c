#include "sync_server.h"

#include <stdlib.h>

#include "../server/running_call.h"
#include "finally.h"
#include "raise.h"
#include "server_frame.h"
#include "unmarshall_guard.h"

#define SMALL_FRAME 512

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

static void serve(void *context)
{
  struct sync_server *server = context;

  server_frame_begin(&server->frame, &server->procedure, server->rpc, frame_memory(server));
  unmarshall_guarded(&server->frame);
  server_call_enters_manager(server->rpc->Handle);
  server_frame_call(&server->frame);
  server_frame_marshall(&server->frame);
}

static void clean_up(void *context, bool unwinding)
{
  struct sync_server *server = context;

  (void)unwinding;
  if (server->frame.procedure)
    server_frame_end(&server->frame);
  free(server->allocated);
}

void sync_server_call(RPC_MESSAGE *rpc)
{
  struct sync_server server;

  server.rpc = rpc;
  server.frame.procedure = NULL;
  server.allocated = NULL;
  procedure_parse(&server.procedure, server_information(rpc)->pStubDesc,
                  server_procedure_format(rpc));
  finally_call(serve, clean_up, &server);
}
