/* Starting programs. */
#ifndef ASYNCSHIM_TESTS_PROCESS_H
#define ASYNCSHIM_TESTS_PROCESS_H

#include <windows.h>

/*
 * CreateProcess with inherited handles; `command` may be changed. Win32 code. Once in some
 * thousands of starts Wine's new process ends before it has come to any code of Windows, which
 * CreateProcess calls an internal error: that says nothing of what is tested, and it is started
 * again.
 */
DWORD process_create(const char *path, char *command, PROCESS_INFORMATION *process);

#endif
