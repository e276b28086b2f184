/*
 * Who reads a connection: one read is under way at a time, and whoever handles it is the
 * reader.
 *
 * A worker takes what has come (intake.h), starts the next read, and then runs the turns of
 * what is complete (turns.h): so that cancels and other requests get in while a manager routine
 * runs.
 */
#ifndef ASYNCSHIM_SERVER_READING_H
#define ASYNCSHIM_SERVER_READING_H

#include <stdbool.h>

struct server_connection;

/* Reads by the completion port until a read is pending; from then on the caller is the reader
 * no more. false: close the connection. */
bool server_connection_read_on(struct server_connection *connection);
/* The same by a worker, which runs the turns, too: for the reader on any other thread. */
void server_connection_read_by_worker(struct server_connection *connection);

#endif
