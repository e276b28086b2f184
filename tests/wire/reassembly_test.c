/* Fragments become the message they were cut from, and a hostile peer gains nothing. */
#include "check.h"
#include "reassembly.h"

static enum pdu_status add(struct reassembly *reassembly, uint8_t flags, uint32_t alloc_hint,
                           const char *body, size_t length)
{
  struct pdu pdu = {.type = PDU_REQUEST,
                    .flags = flags,
                    .body = (const uint8_t *)body,
                    .body_length = length};

  pdu.u.request.alloc_hint = alloc_hint;
  return reassembly_add(reassembly, &pdu);
}

static void a_message_survives_encoding_and_reassembly(void)
{
  static uint8_t body[300000], fragment[PDU_MIN_FRAGMENT];

  for (size_t i = 0; i < sizeof(body); i++)
    body[i] = (uint8_t)(i * 31 >> 3);
  for (size_t total = 0; total <= sizeof(body); total = total * 3 + 1) {
    struct message_header header = {.type = PDU_RESPONSE, .call_id = 8};
    struct reassembly reassembly;
    size_t offset = 0, length;
    uint8_t *message;

    reassembly_init(&reassembly, sizeof(body), NULL);
    do {
      size_t consumed, size;
      struct pdu pdu;

      CHECK(!reassembly.complete);
      size = message_encode_fragment(fragment, sizeof(fragment), &header, body, total, offset,
                                     sizeof(fragment), &consumed);
      CHECK_EQUAL(PDU_OK, pdu_decode(fragment, size, &pdu));
      CHECK_EQUAL(PDU_OK, reassembly_add(&reassembly, &pdu));
      offset += consumed;
    } while (offset < total);
    CHECK(reassembly.complete);
    CHECK_EQUAL(total, reassembly.capacity);
    message = reassembly_take(&reassembly, &length);
    CHECK(message != NULL);
    CHECK_BYTES(body, total, message, length);
    free(message);
    reassembly_destroy(&reassembly);
  }
}

static void an_empty_message_still_yields_memory(void)
{
  struct reassembly reassembly;
  size_t length = 99;
  uint8_t *message;

  reassembly_init(&reassembly, 0, NULL);
  CHECK_EQUAL(PDU_OK, add(&reassembly, PDU_FLAGS_SINGLE, 0xffffffff, NULL, 0));
  CHECK(reassembly.complete);
  message = reassembly_take(&reassembly, &length);
  CHECK(message != NULL);
  CHECK_EQUAL(0, length);
  free(message);
  reassembly_destroy(&reassembly);
}

static void the_announced_size_is_believed_only_so_far(void)
{
  struct reassembly reassembly;

  reassembly_init(&reassembly, SIZE_MAX, NULL);
  CHECK_EQUAL(PDU_OK, add(&reassembly, PDU_FLAG_FIRST, 0xffffffff, "abc", 3));
  CHECK_EQUAL(3 * REASSEMBLY_TRUST, reassembly.capacity);
  reassembly_destroy(&reassembly);

  reassembly_init(&reassembly, SIZE_MAX, NULL);
  CHECK_EQUAL(PDU_OK, add(&reassembly, PDU_FLAG_FIRST, 0xffffffff, NULL, 0));
  CHECK_EQUAL(0, reassembly.capacity);
  reassembly_destroy(&reassembly);

  reassembly_init(&reassembly, 10, NULL);
  CHECK_EQUAL(PDU_OK, add(&reassembly, PDU_FLAG_FIRST, 10, "abc", 3));
  CHECK_EQUAL(10, reassembly.capacity);
  reassembly_destroy(&reassembly);

  reassembly_init(&reassembly, 1 << 20, NULL);
  CHECK_EQUAL(PDU_OK, add(&reassembly, PDU_FLAGS_SINGLE, 1 << 20, "abc", 3));
  CHECK_EQUAL(3, reassembly.capacity);
  reassembly_destroy(&reassembly);
}

static void more_than_announced_is_taken_up_to_the_limit(void)
{
  struct reassembly reassembly;

  reassembly_init(&reassembly, 10, NULL);
  CHECK_EQUAL(PDU_OK, add(&reassembly, PDU_FLAG_FIRST, 1, "abcd", 4));
  CHECK_EQUAL(PDU_OK, add(&reassembly, 0, 1, "efgh", 4));
  CHECK_EQUAL(PDU_TOO_LARGE, add(&reassembly, PDU_FLAG_LAST, 1, "ijk", 3));
  CHECK_EQUAL(8, reassembly.length);
  CHECK_EQUAL(PDU_OK, add(&reassembly, PDU_FLAG_LAST, 1, "ij", 2));
  CHECK_EQUAL(10, reassembly.length);
  CHECK(memcmp(reassembly.data, "abcdefghij", 10) == 0);
  reassembly_destroy(&reassembly);

  reassembly_init(&reassembly, 2, NULL);
  CHECK_EQUAL(PDU_TOO_LARGE, add(&reassembly, PDU_FLAGS_SINGLE, 3, "abc", 3));
  reassembly_destroy(&reassembly);
}

/* A Windows server refuses a request whose first fragment announces too much; where the first
 * is the last, what it announces is nobody's matter. */
static void too_much_is_refused_when_it_is_announced(void)
{
  struct reassembly reassembly;

  reassembly_init(&reassembly, 100, NULL);
  CHECK_EQUAL(PDU_TOO_LARGE, add(&reassembly, PDU_FLAG_FIRST, 101, "abc", 3));
  CHECK_EQUAL(0, reassembly.capacity);
  CHECK_EQUAL(PDU_OK, add(&reassembly, PDU_FLAG_FIRST, 100, "abc", 3));
  reassembly_destroy(&reassembly);

  reassembly_init(&reassembly, 100, NULL);
  CHECK_EQUAL(PDU_OK, add(&reassembly, PDU_FLAGS_SINGLE, 0xffffffff, "abc", 3));
  reassembly_destroy(&reassembly);
}

/* What is under way is charged, what is complete is not; a peer that has its share gets no
 * more. */
static void unfinished_messages_are_charged_to_the_peer(void)
{
  static const char part[PEER_MEMORY_FLOOR];
  struct peer_memory_budget budget = {.limit = 10 * PEER_MEMORY_FLOOR};
  struct reassembly messages[8];
  struct peer_memory share;
  size_t length;

  peer_memory_init(&share, &budget);
  for (unsigned int i = 0; i < 8; i++)
    reassembly_init(&messages[i], SIZE_MAX / 2, &share);
  CHECK_EQUAL(PDU_OK, add(&messages[0], PDU_FLAGS_SINGLE, 0, part, sizeof(part)));
  CHECK_EQUAL(0, share.held);
  for (unsigned int i = 1; i < 6; i++)
    CHECK_EQUAL(PDU_OK, add(&messages[i], PDU_FLAG_FIRST, 0, part, sizeof(part)));
  CHECK_EQUAL(5 * sizeof(part), share.held);
  CHECK_EQUAL(PDU_NO_MEMORY, add(&messages[6], PDU_FLAG_FIRST, 0, part, sizeof(part)));
  CHECK_EQUAL(PDU_NO_MEMORY, add(&messages[1], 0, 0, part, sizeof(part)));
  CHECK_EQUAL(PDU_OK, add(&messages[2], PDU_FLAG_LAST, 0, NULL, 0));
  free(reassembly_take(&messages[2], &length));
  CHECK_EQUAL(4 * sizeof(part), share.held);
  CHECK_EQUAL(PDU_OK, add(&messages[6], PDU_FLAG_FIRST, 0, part, sizeof(part)));
  for (unsigned int i = 0; i < 8; i++)
    reassembly_destroy(&messages[i]);
  CHECK_EQUAL(0, share.held);
  CHECK_EQUAL(0, budget.held);
}

/* Many small fragments must not be copied again and again. */
static void growth_is_geometric(void)
{
  struct reassembly reassembly;
  unsigned int moves = 0;
  size_t capacity;

  reassembly_init(&reassembly, 1000000, NULL);
  CHECK_EQUAL(PDU_OK, add(&reassembly, PDU_FLAG_FIRST, 0, "01234567", 8));
  capacity = reassembly.capacity;
  while (reassembly.length < 1000000) {
    CHECK_EQUAL(PDU_OK, add(&reassembly, 0, 0, "01234567", 8));
    moves += reassembly.capacity != capacity;
    capacity = reassembly.capacity;
    CHECK(capacity <= 1000000);
  }
  CHECK(moves <= 20);
  reassembly_destroy(&reassembly);
}

#define LARGE      (64u << 20)
#define LARGE_PART 65504u

/* A peer that says the truth: few moves, the last of them to the size of the message. */
static void a_large_message_grows_to_its_announced_size(void)
{
  static const char part[LARGE_PART];
  struct reassembly reassembly;
  size_t total = LARGE + 12, capacity = 0, moved = 0;

  reassembly_init(&reassembly, SIZE_MAX / 2, NULL);
  while (!reassembly.complete) {
    size_t left = total - reassembly.length, count = left < LARGE_PART ? left : LARGE_PART;
    size_t before = reassembly.length;
    uint8_t flags = (before ? 0 : PDU_FLAG_FIRST) | (count == left ? PDU_FLAG_LAST : 0);

    CHECK_EQUAL(PDU_OK, add(&reassembly, flags, (uint32_t)left, part, count));
    if (reassembly.capacity != capacity)
      moved += before;
    capacity = reassembly.capacity;
    CHECK(capacity <= REASSEMBLY_TRUST * reassembly.length);
  }
  CHECK_EQUAL(total, reassembly.length);
  CHECK_EQUAL(total, reassembly.capacity);
  CHECK(moved < total / 2);
  reassembly_destroy(&reassembly);
}

/* One that always announces one byte more than it sends makes no more moves than others. */
static void announcing_a_little_more_each_time_gains_nothing(void)
{
  struct reassembly reassembly;
  unsigned int moves = 0;
  size_t capacity;

  reassembly_init(&reassembly, SIZE_MAX / 2, NULL);
  CHECK_EQUAL(PDU_OK, add(&reassembly, PDU_FLAG_FIRST, 9, "01234567", 8));
  capacity = reassembly.capacity;
  while (reassembly.length < 1000000) {
    CHECK_EQUAL(PDU_OK, add(&reassembly, 0, 9, "01234567", 8));
    moves += reassembly.capacity != capacity;
    capacity = reassembly.capacity;
  }
  CHECK(moves <= 20);
  reassembly_destroy(&reassembly);
}

static void fragments_out_of_order_are_malformed(void)
{
  struct reassembly reassembly;

  reassembly_init(&reassembly, 100, NULL);
  CHECK_EQUAL(PDU_MALFORMED, add(&reassembly, 0, 0, "a", 1));
  CHECK_EQUAL(PDU_MALFORMED, add(&reassembly, PDU_FLAG_LAST, 0, "a", 1));
  CHECK_EQUAL(PDU_OK, add(&reassembly, PDU_FLAG_FIRST, 0, "a", 1));
  CHECK_EQUAL(PDU_MALFORMED, add(&reassembly, PDU_FLAG_FIRST, 0, "a", 1));
  CHECK_EQUAL(PDU_OK, add(&reassembly, PDU_FLAG_LAST, 0, "a", 1));
  CHECK_EQUAL(PDU_MALFORMED, add(&reassembly, 0, 0, "a", 1));
  CHECK_EQUAL(PDU_MALFORMED, add(&reassembly, PDU_FLAGS_SINGLE, 0, "a", 1));
  reassembly_destroy(&reassembly);
}

static void only_requests_and_responses_have_stub_data(void)
{
  struct pdu pdu = {.type = PDU_BIND, .flags = PDU_FLAGS_SINGLE};
  struct reassembly reassembly;

  reassembly_init(&reassembly, 100, NULL);
  CHECK_EQUAL(PDU_MALFORMED, reassembly_add(&reassembly, &pdu));
  reassembly_destroy(&reassembly);
}

static void it_can_be_used_again_after_the_message_was_taken(void)
{
  struct reassembly reassembly;
  uint8_t *message;
  size_t length;

  reassembly_init(&reassembly, 100, NULL);
  CHECK_EQUAL(PDU_OK, add(&reassembly, PDU_FLAGS_SINGLE, 0, "one", 3));
  message = reassembly_take(&reassembly, &length);
  free(message);
  CHECK_EQUAL(PDU_OK, add(&reassembly, PDU_FLAGS_SINGLE, 0, "three", 5));
  message = reassembly_take(&reassembly, &length);
  CHECK_BYTES((const uint8_t *)"three", 5, message, length);
  free(message);
  reassembly_destroy(&reassembly);
}

int main(int argc, char **argv)
{
  static const struct test tests[] = {
      TEST(a_message_survives_encoding_and_reassembly),
      TEST(an_empty_message_still_yields_memory),
      TEST(the_announced_size_is_believed_only_so_far),
      TEST(more_than_announced_is_taken_up_to_the_limit),
      TEST(too_much_is_refused_when_it_is_announced),
      TEST(unfinished_messages_are_charged_to_the_peer),
      TEST(growth_is_geometric),
      TEST(a_large_message_grows_to_its_announced_size),
      TEST(announcing_a_little_more_each_time_gains_nothing),
      TEST(fragments_out_of_order_are_malformed),
      TEST(only_requests_and_responses_have_stub_data),
      TEST(it_can_be_used_again_after_the_message_was_taken),
  };

  return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
