/* What the DLL and the test share; the DLL exports `unloaded_begin`. */
#ifndef ASYNCSHIM_TESTS_UNLOADED_DLL_H
#define ASYNCSHIM_TESTS_UNLOADED_DLL_H

#include <rpc.h>

struct unloaded_control {
  LONG run_down; /* contexts */
  LONG checked;  /* security callbacks */
  LONG lingers;  /* 1: in the routine that has answered */
  LONG let_go;
};

/* The interface; `control` lives longer than the DLL. *callback: its security callback. */
typedef RPC_IF_HANDLE (*unloaded_begin_function)(struct unloaded_control *control,
                                                 RPC_IF_CALLBACK_FN **callback);

#endif
