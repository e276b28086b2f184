/*
 * A little of COM and RPC, for a process that imports nothing of it: every DLL is loaded and
 * every function found here, at run time.
 *
 * 0, or the number of the line that failed, which has been printed. Nothing of it is left
 * behind, so it can be called again.
 */
#ifndef ASYNCSHIM_TESTS_LOAD_COM_CHECK_H
#define ASYNCSHIM_TESTS_LOAD_COM_CHECK_H

int com_check(void);

/* COM and RPC as such, each for a process that has one of the DLLs only. */
int com_check_only(const char *dll);
int rpc_check(void);

#endif
