/*
 * What the process puts up with from its peers, servers' clients and clients' servers.
 *
 * The numbers are read from the environment when the first connection is made, and stay: a
 * program sets a variable before, or whoever starts it. A variable that is not a number from 1
 * to its maximum says nothing.
 *
 *   ASYNCSHIM_PEER_MEMORY       MiB that all peers together may have the process hold
 *   ASYNCSHIM_PEER_TIMEOUT      seconds for the rest of something unfinished
 *   ASYNCSHIM_PEER_CONNECTIONS  connections of a server's clients
 */
#ifndef ASYNCSHIM_TRANSPORT_PEER_LIMITS_H
#define ASYNCSHIM_TRANSPORT_PEER_LIMITS_H

#include "../wire/peer_memory.h"

#ifdef _WIN64
#define PEER_MEMORY_MIB 1024u
#else
#define PEER_MEMORY_MIB 512u
#endif
#define PEER_TIMEOUT_SECONDS 600u
#define PEER_CONNECTIONS     16384u

struct peer_limits {
  struct peer_memory_budget memory;
  unsigned long timeout_ms;
  unsigned long connections;
};

/* Never NULL, never freed. Any thread. */
struct peer_limits *peer_limits(void);

#endif
