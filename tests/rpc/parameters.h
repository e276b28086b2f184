/*
 * Every kind of parameter, once through the synchronous stubs and once through the asynchronous
 * ones: the same calls, the same answers, whatever managers and whichever runtime the server
 * has.
 */
#ifndef ASYNCSHIM_TESTS_PARAMETERS_H
#define ASYNCSHIM_TESTS_PARAMETERS_H

#include "server.h"

void parameters_check_sync(RPC_BINDING_HANDLE binding);
void parameters_check_async(RPC_BINDING_HANDLE binding);

#endif
