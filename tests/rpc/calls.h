/*
 * The interface `calls` in both its shapes: sync_… and async_… client stubs, sync_server_… and
 * async_server_… managers. Both come from one list of procedures and speak the same wire.
 */
#ifndef ASYNCSHIM_TESTS_CALLS_H
#define ASYNCSHIM_TESTS_CALLS_H

#include <windows.h>
#include <rpc.h>
#include <rpcasync.h>

#include "calls_sync.h"
/* The two headers guard the same interface name. */
#undef __calls_INTERFACE_DEFINED__
#include "calls_async.h"
#include "control.h"

#endif
