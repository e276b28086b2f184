/*
 * Tokens that can be told apart: all programs of a Wine session are one user, but a process may
 * give a privilege away, and whoever acts for it does not have it either.
 */
#ifndef ASYNCSHIM_TESTS_PRIVILEGE_H
#define ASYNCSHIM_TESTS_PRIVILEGE_H

#include <stdbool.h>

/* Of this process, for good; each has it at first. */
void privilege_give_away(void);
bool privilege_of_process(void);
/* Of what this thread impersonates, which it must. */
bool privilege_of_thread(void);
/* Whether this thread impersonates. */
bool thread_has_token(void);

#endif
