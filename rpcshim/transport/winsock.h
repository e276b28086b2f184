/*
 * Winsock, loaded when the first TCP endpoint needs it: most programs that load rpcrt4.dll
 * never do.
 *
 * No function that may wait: under Wine connect(), select(), WSAPoll() and recv() wait
 * alertably and would run the application's APCs inside the runtime. So operations are
 * overlapped, or the socket does not block.
 */
#ifndef ASYNCSHIM_TRANSPORT_WINSOCK_H
#define ASYNCSHIM_TRANSPORT_WINSOCK_H

#include <stdbool.h>
#include <winsock2.h>
#include <mswsock.h>
#include <ws2tcpip.h>

#define WINSOCK_FUNCTIONS(X)                                                                   \
  X(WSAStartup)                                                                                \
  X(WSAGetLastError)                                                                           \
  X(WSASocketW)                                                                                \
  X(WSARecv)                                                                                   \
  X(WSASend)                                                                                   \
  X(WSAIoctl)                                                                                  \
  X(GetAddrInfoW)                                                                              \
  X(FreeAddrInfoW)                                                                             \
  X(GetNameInfoW)                                                                              \
  X(bind)                                                                                      \
  X(listen)                                                                                    \
  X(ioctlsocket)                                                                               \
  X(closesocket)                                                                               \
  X(setsockopt)                                                                                \
  X(getsockname)                                                                               \
  X(getpeername)                                                                               \
  X(recv)

struct winsock {
#define WINSOCK_MEMBER(name) __typeof__(&name) name;
  WINSOCK_FUNCTIONS(WINSOCK_MEMBER)
#undef WINSOCK_MEMBER
};

extern struct winsock winsock;

/*
 * Loads and starts Winsock; false where that fails (tried again by the next caller). Threads
 * that come first at the same time all do, and find the same. None waits for another: one of
 * them may be in a DllMain, and the other, which loads, would wait for that.
 */
bool winsock_load(void);

#endif
