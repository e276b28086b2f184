/*
 * Helper processes: the program itself, started again in a HELPER role.
 *
 * Two pipes tie it to its parent: it says READY on one, and the other one's end means "stop".
 * It is ended with its parent (helper_process.c watches the parent's process handle), so no
 * test leaves a process behind.
 */
#ifndef ASYNCSHIM_TESTS_HELPER_H
#define ASYNCSHIM_TESTS_HELPER_H

#include "harness.h"
#include "runtime.h"

struct helper {
  HANDLE process;
  DWORD id;
  HANDLE ready;   /* read end: what helper_ready() says */
  HANDLE stop;    /* write end: closed to stop it */
  char text[256]; /* what came with READY */
};

/*
 * Starts HELPER(role) with the words of `arguments` ("" for none) on that runtime and returns
 * once it has called helper_ready(); a helper that ends before fails the test.
 */
void helper_start(struct helper *helper, const char *role, const char *arguments,
                  enum runtime runtime);
/* The same of another test program, whose path it is, on this process's runtime. */
void helper_start_program(struct helper *helper, const char *program, const char *role,
                          const char *arguments);
/* Reads the next line that the helper says. */
void helper_next_text(struct helper *helper);
/* Asks it to stop, waits until it is gone, and checks that it went with status 0. */
void helper_stop(struct helper *helper);
/* Ends it as a crash would. */
void helper_kill(struct helper *helper);

/* In the helper: tells the parent one line (at most 255 bytes). */
void helper_ready(const char *text);
/* In the helper: returns when the parent asks it to stop. */
void helper_wait_for_stop(void);

/* For the harness itself: the handles that the parent has passed. */
void helper_adopt(HANDLE ready, HANDLE stop);

#endif
