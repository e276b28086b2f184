/*
 * What the procedures of `calls` do, apart from how a call of them is completed (managers_*.c).
 */
#ifndef ASYNCSHIM_TESTS_PROCEDURES_H
#define ASYNCSHIM_TESTS_PROCEDURES_H

#include "calls.h"

hyper scalars_run(char a, short b, float c, hyper d, double e, boolean f, double *sum,
                  float *product);
/* Memory that [out] parameters point to comes from midl_user_allocate: the stub frees it. */
wchar_t *join_run(const wchar_t *first, const wchar_t *second);
LONG squares_run(LONG count, const LONG *values, hyper *squares);
void drop_odd_run(LONG *length, LONG *values);
void flip_run(point_t *point);
/* Reverses in place; returns the number of nodes. */
LONG reverse_run(node_t **list);
void negate_run(LONG kind, number_t *number);
unsigned char *echo_run(LONG count, const unsigned char *data);

#define MARK_THREADS 16
/*
 * Called first thing in the manager routine with the numbers 1, 2, … of each client thread: how
 * many of them so far did not come right after their predecessor.
 */
LONG mark_run(LONG thread, LONG sequence);

/* A context handle's object. */
struct session {
  LONG total;
};
struct session *session_create(LONG start);
void session_destroy(struct session *session);
/* Live sessions of this process. */
LONG session_count(void);
/* Blocks of midl_user_allocate in this process that have not been freed. */
LONG midl_blocks(void);

#endif
