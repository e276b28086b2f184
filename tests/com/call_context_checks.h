/*
 * What a server's code can see of its call, and of whom its thread impersonates.
 */
#ifndef ASYNCSHIM_TESTS_CALL_CONTEXT_CHECKS_H
#define ASYNCSHIM_TESTS_CALL_CONTEXT_CHECKS_H

#include <stdbool.h>
#include <windows.h>
#include <objbase.h>

/* ---- while there is a call context ---- */

IServerSecurity *security_of_call(void);
void check_impersonating(bool expected);
void impersonate_and_revert(void);
/* A local client is the user that all programs of the session are. */
void check_blanket(void);

/* ---- when there is none any more ---- */

void check_no_context(void);
/* By one who has kept it longer than the call. */
void check_refused(IServerSecurity *security);

#endif
