/*
 * ASYNCSHIM_TRACE: one line of text per state change of each call, client and server.
 *
 *   2026-11-21T09:40:34.123456Z 32:36 client 7@1a2b30 6b1d3c54-…-1f2a7b9e0a01/1.0 3 COMPLETE 0
 *   time (UTC)                  |     |      | |      interface and version       | |        |
 *              process and thread     |      | the call among those of its process | |        |
 *                      side of the call      call id on its connection       opnum state status
 *
 * The variable is read once, when the DLL is loaded: a file's name (of Windows, or an absolute
 * one of the host), to which lines are appended, or `stderr`. Several processes may share the
 * file: a line is written in one piece, and never between two halves of another. A trace that
 * cannot be opened is none: the program must not notice. Nothing is buffered, so that the last
 * line before a crash is there.
 *
 * Called by call/ and server/, where a state changes and under the call's lock, so that the
 * lines of one call are in order. trace_call() takes no other lock than its own and calls
 * nothing of ours. While tracing is off a state change costs one test of `trace_is_on`.
 */
#ifndef ASYNCSHIM_TRACE_TRACE_H
#define ASYNCSHIM_TRACE_TRACE_H

#include <stdbool.h>
#include <windows.h>

#include "../wire/pdu.h"

struct traced_call {
  const char *side; /* "client" or "server" */
  const void *call;
  uint32_t call_id;
  const struct syntax_id *interface_id;
  uint16_t opnum;
  const char *state;
  RPC_STATUS status; /* 0 before the call is over */
};

extern bool trace_is_on; /* written while the DLL is loaded, and not after */

/* From DllMain: once each. */
void trace_open(void);
void trace_close(void);

/* Writes the line; any thread. Only where trace_is_on. Keeps the thread's last error. */
void trace_call(const struct traced_call *call);

#endif
