/*
 * Protocol sequences and the transports behind them. Static data: compare pointers.
 */
#ifndef ASYNCSHIM_TRANSPORT_PROTOCOL_SEQUENCE_H
#define ASYNCSHIM_TRANSPORT_PROTOCOL_SEQUENCE_H

#include <stdbool.h>
#include <windows.h>

enum transport_kind { TRANSPORT_TCP, TRANSPORT_NAMED_PIPE, TRANSPORT_LOCAL };

struct protocol_sequence {
  const WCHAR *name; /* "ncacn_ip_tcp", … */
  enum transport_kind transport;
  unsigned int transport_type; /* TRANSPORT_TYPE_* of I_RpcBindingInqTransportType */
};
/* The protocol sequence of that name (any case, as Windows takes it), or NULL. */
const struct protocol_sequence *protocol_sequence_find(const WCHAR *name);

/*
 * May an endpoint of that protocol sequence have that name? A port number; \pipe\NAME; for
 * ncalrpc a name without backslashes, but for those that Wine's COM gives its apartments,
 * \pipe\OLE_NUMBER. Servers are told when they open it, clients when they call.
 */
bool protocol_sequence_takes(const struct protocol_sequence *protocol, const WCHAR *endpoint);

#endif
