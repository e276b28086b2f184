/*
 * A message filter that says what a test wants, and counts what it is asked.
 */
#ifndef ASYNCSHIM_TESTS_FILTER_H
#define ASYNCSHIM_TESTS_FILTER_H

#include "apartment.h"

struct filter {
  IMessageFilter filter;
  LONG references; /* the test's own is the first */
  DWORD thread;    /* whose filter it is */

  /* HandleInComingCall of the method, at first INumbers::Square: `verdict` for the first
   * `verdicts`, then SERVERCALL_ISHANDLED. */
  const IID *iid;
  WORD method;
  DWORD verdict;
  LONG verdicts;
  LONG incoming;

  /* RetryRejectedCall: its answer, and what it was told last. */
  DWORD answer;
  LONG retries;
  DWORD callee, ticks, type;
  void (*in_retry)(struct filter *filter);
  void *context;

  /* MessagePending: its answer. */
  DWORD pending_answer;
  LONG pending;
};

/* Answers: handled, not again, wait. */
void filter_init(struct filter *filter);
/* Makes it the calling thread's; there was none. */
void filter_register(struct filter *filter);
/* Revokes it, and checks that nobody has it any more. */
void filter_revoke(struct filter *filter);

#endif
