/*
 * A server of COM below COM: it exports an INumbers that is none, and answers each call with
 * what it has been told, byte by byte. In the process of its client.
 */
#ifndef ASYNCSHIM_TESTS_RAW_COM_SERVER_H
#define ASYNCSHIM_TESTS_RAW_COM_SERVER_H

#include "numbers_calls.h"

/* Starts it, and returns a proxy for the caller's apartment. Once in a process. */
INumbers *raw_com_server_start(void);
/* What it answers from now on; copied. */
void raw_com_server_answer(const void *bytes, size_t length);

#endif
