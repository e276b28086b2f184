/* Answers to bind and alter_context: C706 12.6.4.3, MS-RPCE 3.3.1.5.3. */
#ifndef ASYNCSHIM_SERVER_BIND_H
#define ASYNCSHIM_SERVER_BIND_H

#include "../wire/pdu.h"

struct server_connection;

/* The caller is the connection's reader. false: the connection is to be closed. */
bool server_connection_bind(struct server_connection *connection, const struct pdu *pdu);

#endif
