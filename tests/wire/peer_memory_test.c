/* No peer has this process hold more than its share, and something is left for the next one. */
#include "check.h"
#include "peer_memory.h"

#define UNIT (4 * PEER_MEMORY_FLOOR)

static struct peer_memory_budget budget;
static struct peer_memory shares[1000];

static void start(size_t limit)
{
  budget = (struct peer_memory_budget){.limit = limit};
  for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
    peer_memory_init(&shares[i], &budget);
}

static void take_all(struct peer_memory *share, size_t step)
{
  while (peer_memory_take(share, step))
    CHECK(budget.held <= budget.limit + PEER_MEMORY_FLOOR);
}

static void one_peer_gets_half(void)
{
  start(100 * UNIT);
  take_all(&shares[0], UNIT);
  CHECK_EQUAL(50 * UNIT, shares[0].held);
  CHECK_EQUAL(50 * UNIT, budget.held);
}

static void many_greedy_peers_leave_something_for_the_next(void)
{
  start(1000 * UNIT);
  for (size_t i = 0; i < 8; i++)
    take_all(&shares[i], UNIT);
  CHECK(budget.held < budget.limit);
  CHECK(peer_memory_take(&shares[8], UNIT));
}

static void small_things_pass_when_all_is_used_up(void)
{
  start(100 * UNIT);
  peer_memory_add(&shares[0], 200 * UNIT);
  CHECK(!peer_memory_take(&shares[1], PEER_MEMORY_FLOOR + 1));
  CHECK(peer_memory_take(&shares[1], PEER_MEMORY_FLOOR));
  CHECK(!peer_memory_take(&shares[1], 1));
  CHECK(!peer_memory_take(&shares[0], 1));
}

static void what_is_refused_leaves_no_trace(void)
{
  start(100 * UNIT);
  CHECK(!peer_memory_take(&shares[0], 51 * UNIT));
  CHECK(!peer_memory_take(&shares[0], SIZE_MAX));
  CHECK(!peer_memory_take(&shares[0], SIZE_MAX - UNIT));
  CHECK_EQUAL(0, shares[0].held);
  CHECK_EQUAL(0, budget.held);
}

static void what_is_given_back_can_be_taken_again(void)
{
  start(100 * UNIT);
  for (unsigned int i = 0; i < 1000; i++) {
    CHECK(peer_memory_take(&shares[i % 3], 25 * UNIT));
    peer_memory_give(&shares[i % 3], 25 * UNIT);
  }
  CHECK_EQUAL(0, budget.held);
}

int main(int argc, char **argv)
{
  static const struct test tests[] = {
      TEST(one_peer_gets_half),
      TEST(many_greedy_peers_leave_something_for_the_next),
      TEST(small_things_pass_when_all_is_used_up),
      TEST(what_is_refused_leaves_no_trace),
      TEST(what_is_given_back_can_be_taken_again),
  };

  return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
