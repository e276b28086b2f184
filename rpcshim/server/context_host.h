/*
 * What the server does for the context handles of its calls (contexts/context_table.h): they
 * belong to the interface of the call that made them.
 */
#ifndef ASYNCSHIM_SERVER_CONTEXT_HOST_H
#define ASYNCSHIM_SERVER_CONTEXT_HOST_H

#include "../contexts/context_table.h"

extern const struct context_host server_context_host;

#endif
