/*
 * A client of COM below COM: it sends calls to an object by the message API, so that many are
 * pending at once without a thread for each.
 */
#ifndef ASYNCSHIM_TESTS_RAW_COM_CLIENT_H
#define ASYNCSHIM_TESTS_RAW_COM_CLIENT_H

#include "harness.h"

#include <rpc.h>
#include <rpcndr.h>
#include <rpcasync.h>

struct raw_com_client {
  INumbers *proxy; /* keeps the object's IPID */
  RPC_BINDING_HANDLE binding;
  RPC_CLIENT_INTERFACE interface_spec;
};

struct raw_com_call {
  RPC_MESSAGE message;
  RPC_ASYNC_STATE state;
};

/* `reference`: of numbers_to_text(). The calling thread enters the MTA. */
void raw_com_client_connect(struct raw_com_client *client, const char *reference, REFIID iid);
void raw_com_client_disconnect(struct raw_com_client *client);

/* A method with one [in] long; the reply, an [out] long and S_OK, is awaited. */
void raw_com_call_send(struct raw_com_client *client, struct raw_com_call *call,
                       unsigned int method, LONG value);
LONG raw_com_call_receive(struct raw_com_call *call);
/* The same with that ORPCTHIS. */
void raw_com_call_send_header(struct raw_com_client *client, struct raw_com_call *call,
                              const void *header, size_t length, unsigned int method,
                              LONG value);
/* What a call that has failed came to. */
RPC_STATUS raw_com_call_fail(struct raw_com_call *call);

#endif
