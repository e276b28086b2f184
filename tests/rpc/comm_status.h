/*
 * The interface `statuses` in both its shapes, as calls.h has `calls`: sync_… and async_…
 * client stubs, sync_server_… and async_server_… managers.
 */
#ifndef ASYNCSHIM_TESTS_COMM_STATUS_H
#define ASYNCSHIM_TESTS_COMM_STATUS_H

#include <windows.h>
#include <rpc.h>
#include <rpcasync.h>

#include "status_sync.h"
/* The two headers guard the same interface name. */
#undef __statuses_INTERFACE_DEFINED__
#include "status_async.h"

#define STATUS_OF_MANAGER 4711
/* As `code`: the manager routine waits until its client has cancelled. */
#define UNTIL_CANCELLED 0x20000001

#endif
