/*
 * Which rpcrt4.dll, and which ole32.dll and combase.dll if any, runs in this process.
 *
 * A native DLL in system32 without an override is silently ignored by Wine, so a test that
 * passes proves nothing unless it knows that it ran on ours.
 */
#ifndef ASYNCSHIM_TESTS_RUNTIME_H
#define ASYNCSHIM_TESTS_RUNTIME_H

enum runtime {
  RUNTIME_SHIM,
  RUNTIME_WINE,
};

/* Which rpcrt4.dll is loaded, from the version resource of the module itself, not of a file. */
enum runtime runtime_loaded(void);

/*
 * What this process must run on: ASYNCSHIM_EXPECT_RUNTIME=wine|shim in the environment, else
 * the shim.
 */
enum runtime runtime_expected(void);

/*
 * Ends the process with a message where the two differ, or where ole32.dll or combase.dll is
 * loaded and is of the other kind.
 */
void runtime_require_expected(void);

#endif
