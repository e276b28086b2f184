/*
 * Where the threads of this process stand, for a test that hangs on a machine that nobody can
 * look at: the words on each thread's stack that point into the code of the test, of rpcrt4.dll
 * or of ole32.dll, and the same for its helpers. The topmost ones are what it is doing, and
 * between them are leftovers of earlier calls.
 *
 * `MODULE+OFFSET` is a line of a build of the same commit:
 *
 *   x86_64-w64-mingw32-addr2line -f -e rpcrt4.dll $((IMAGE_BASE + OFFSET))
 */
#ifndef ASYNCSHIM_TESTS_HANG_REPORT_H
#define ASYNCSHIM_TESTS_HANG_REPORT_H

/* Prints it. All other threads are suspended then: the caller has to end the process, without
 * waiting for any of them. */
void hang_report(void);

#endif
