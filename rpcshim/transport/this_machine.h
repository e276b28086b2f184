/*
 * Which network addresses name this machine. Pipes reach no other one: Wine has no SMB, and
 * ncalrpc is local by what it is.
 *
 * No state but the machine's own names, asked for once. Any thread.
 */
#ifndef ASYNCSHIM_TRANSPORT_THIS_MACHINE_H
#define ASYNCSHIM_TRANSPORT_THIS_MACHINE_H

#include <stdbool.h>
#include <windows.h>

/* The computer name; "" where it cannot be had. */
const WCHAR *this_machine_name(void);
/*
 * "", ".", "localhost", a loopback address, the computer name, the host's DNS name with and
 * without its domain; also behind two backslashes.
 */
bool this_machine_is(const WCHAR *network_address);

#endif
