/* What a process uses, as the pending-calls test and the server measure it. */
#ifndef ASYNCSHIM_TESTS_USAGE_H
#define ASYNCSHIM_TESTS_USAGE_H

#include <windows.h>

/* Threads of this process. */
long usage_threads(void);

/*
 * Private memory of this process in bytes.
 *
 * PagefileUsage of GetProcessMemoryInfo: Wine fills it from the host's count of anonymous pages
 * in use by the process (resident and swapped), so it covers Windows heaps and stacks and what
 * Wine itself keeps on the host's heap, for instance for an I/O request in flight. (Wine leaves
 * PrivateUsage at 0 or sets it to the same.)
 */
long long usage_private_bytes(void);

/*
 * Handles of this process. From the system's list of handles: Wine's GetProcessHandleCount()
 * always says 0.
 */
long usage_handles(void);

/*
 * Blocks in use on all heaps of this process, of whatever DLL: exact under Wine 8, whose heaps
 * have no front end; under Wine 10 small blocks are counted by the group.
 */
long usage_heap_blocks(void);

#endif
