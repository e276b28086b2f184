/*
 * Races between two threads, many times over, and the report of how they went.
 *
 *   race_begin(&race, "reply / cancel, ncalrpc", "replied", "cancelled", rounds);
 *   while (race_goes_on(&race)) {
 *     … make calls …
 *     race_run(&race, reply, cancel, context);        both routines at the same moment
 *     race_count(&race, status == RPC_S_OK ? 0 : 1);  what became of each call
 *   }
 *   race_end(&race);                                  checks for leaks, prints a line
 *
 * A race in which the same side always wins is none. So the side that loses is given a lead:
 * each counted outcome moves the start of its side a little later, by a spinning wait, until
 * both win about as often; some of the delay is random. Nothing sleeps.
 *
 * The first rounds are a warm-up: what is allocated for good then is not what a call leaves
 * behind. race_end() fails the test where handles, heap blocks or memory have grown since, and
 * where one of the two outcomes has never come.
 */
#ifndef ASYNCSHIM_TESTS_RACE_H
#define ASYNCSHIM_TESTS_RACE_H

#include "../harness/harness.h"

typedef void (*race_side)(void *context);

struct race_usage {
  long threads;
  long handles;
  long blocks;
  long long private_bytes;
};

struct race {
  const char *name;
  const char *outcomes[2];
  bool both;   /* each of them has to come: so it is, unless the test says otherwise */
  long rounds; /* to go, without the warm-up */
  long warm_up;
  long counts[2]; /* since the warm-up */
  bool came[2];   /* with it */
  bool warm;
  struct race_usage before;

  long lead; /* ns by which side 0 starts later; negative: side 1 */
  long step; /* ns; small where the sides win in turns */
  int last;  /* outcome */
  unsigned long seed;
  race_side sides[2];
  void *context;
  HANDLE thread; /* side 1's */
  SRWLOCK lock;
  CONDITION_VARIABLE changed;
  long asked, answered; /* lock: runs of side 1 */
  bool over;            /* lock */
  volatile LONG ready;  /* side 1 spins for the start */
  volatile LONGLONG start;
};

/*
 * How many calls each race is about: 10,000 in a 64-bit program, 1,000 in a 32-bit one, or what
 * ASYNCSHIM_STRESS_ROUNDS says.
 */
long race_rounds(void);

/* `rounds`: calls to be counted, after the warm-up. */
void race_begin(struct race *race, const char *name, const char *first, const char *second,
                long rounds);
/* Ends the warm-up when it is time. The last round may count more calls than were asked for. */
bool race_goes_on(struct race *race);
/* Runs `first` here and `second` on the other thread; returns when both have. */
void race_run(struct race *race, race_side first, race_side second, void *context);
/* A call ended as if that side (0 or 1) had been first. */
void race_count(struct race *race, int outcome);
/* The same for a call that was no race: it does not say who shall have a lead. */
void race_count_only(struct race *race, int outcome);
/* What the round leaves behind for good, and is not the calls': it may be there at the end. */
void race_allow(struct race *race, long handles, long blocks);
/* Every call is over, and nothing is held. */
void race_end(struct race *race);

#endif
