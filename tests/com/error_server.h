/*
 * A process with an error_object, and clients that call it in every manner.
 */
#ifndef ASYNCSHIM_TESTS_ERROR_SERVER_H
#define ASYNCSHIM_TESTS_ERROR_SERVER_H

#include "error_object.h"
#include "helper.h"

/* Starts it; its text is a reference for numbers_from_text(). `program`: of that process, which
 * is linked with this file, too; NULL: this program. */
void error_server_start(struct helper *server, enum apartment apartment,
                        enum server_calls_manner manner, const char *program);

/* How calls are processed: past RPC where there is a way, synchronously, and by call objects.
 */
#define ERROR_MANNERS 4
extern const enum server_calls_manner error_manners[ERROR_MANNERS];

/* Calls one of each manner from the calling thread, synchronously and asynchronously. */
void error_server_call(enum apartment apartment, const char *program);

#endif
