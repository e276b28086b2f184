/* The contexts of one client: who may use which when, and that each is run down once. */
#include "../../rpcshim/engine/engine.h"
#include "../../rpcshim/contexts/context_wait.h"
#include "../harness/harness.h"

/* Any addresses do for calls. */
static char calls[8];
#define CALL(n) ((RPC_BINDING_HANDLE)&calls[n])

static LONG run_down;

static void __RPC_USER count_rundown(void *value)
{
  CHECK(value);
  InterlockedIncrement(&run_down);
}

static LONG waiting_calls;

static void count_waiting(RPC_BINDING_HANDLE call)
{
  CHECK(call >= CALL(0) && call <= CALL(7));
  InterlockedIncrement(&waiting_calls);
}

static void *no_owner(RPC_BINDING_HANDLE call)
{
  (void)call;
  return NULL;
}

static const struct context_host host = {.call_waits = count_waiting, .add_context = no_owner};

static struct context_table *begin(void)
{
  struct context_table *table;

  table = context_table_create(&host);
  CHECK(table);
  return table;
}

static void **value_of(struct server_context *context)
{
  return NDRSContextValue(server_context_handle(context));
}

/* Without a guard. */
static RPC_STATUS marshall(struct context_table *table, int call,
                           struct server_context *context, unsigned char *wire)
{
  return context_table_marshall(table, CALL(call), context, NULL, count_rundown, wire);
}

/* A context that the client knows, with value (void *)1. */
static void make(struct context_table *table, const void *guard, unsigned char *wire)
{
  struct server_context *context;

  CHECK_EQ(context_table_new(table, CALL(7), guard, NULL, &context), RPC_S_OK);
  *value_of(context) = (void *)1;
  CHECK_EQ(context_table_marshall(table, CALL(7), context, guard, count_rundown, wire),
           RPC_S_OK);
  CHECK(!context_wire_is_nil(wire));
}

/* Has the thread wait. */
static RPC_STATUS get(struct context_table *table, int call, struct context_request *requests,
                      unsigned int count)
{
  struct context_wait wait = {.call = CALL(call), .requests = requests, .count = count};
  RPC_STATUS status = context_wait_begin(table, &wait);

  return status == RPC_S_ASYNC_CALL_PENDING ? context_wait_answer(table, &wait) : status;
}

static RPC_STATUS find_with(struct context_table *table, int call, const unsigned char *wire,
                            const void *guard, ULONG flags, struct server_context **context)
{
  struct context_request request = {wire, guard, flags, NULL};
  RPC_STATUS status = get(table, call, &request, 1);

  *context = request.context;
  return status;
}

static RPC_STATUS find(struct context_table *table, int call, const unsigned char *wire,
                       ULONG flags)
{
  struct server_context *context;

  return find_with(table, call, wire, NULL, flags, &context);
}

TEST(found_by_what_was_sent_only)
{
  struct context_table *table = begin();
  unsigned char wire[CONTEXT_WIRE_SIZE], other[CONTEXT_WIRE_SIZE];
  struct server_context *context;

  make(table, NULL, wire);
  CHECK_EQ(find_with(table, 0, wire, NULL, 0, &context), RPC_S_OK);
  CHECK(*value_of(context) == (void *)1);
  CHECK(server_context_from_value(value_of(context)) == context);
  CHECK(server_context_from_handle(server_context_handle(context)) == context);
  context_table_end_call(table, CALL(0), false);
  for (int i = 0; i < CONTEXT_WIRE_SIZE; i++) {
    memcpy(other, wire, sizeof(other));
    other[i] ^= 0x40;
    CHECK_EQ(find(table, 0, other, 0), RPC_X_SS_CONTEXT_MISMATCH);
  }
  context_table_rundown_and_release(table);
  CHECK_EQ(run_down, 1);
}

TEST(guards_have_to_be_the_same)
{
  static const int guard_a, guard_b;
  struct context_table *table = begin();
  unsigned char wire[CONTEXT_WIRE_SIZE], answer[CONTEXT_WIRE_SIZE];
  struct server_context *context;

  make(table, &guard_a, wire);
  CHECK_EQ(find(table, 0, wire, 0), RPC_X_SS_CONTEXT_MISMATCH);
  CHECK_EQ(find_with(table, 0, wire, &guard_b, 0, &context), RPC_X_SS_CONTEXT_MISMATCH);
  CHECK_EQ(find_with(table, 0, wire, &guard_a, 0, &context), RPC_S_OK);
  CHECK_EQ(context_table_marshall(table, CALL(0), context, &guard_b, count_rundown, answer),
           RPC_X_SS_CONTEXT_MISMATCH);
  CHECK(context_wire_is_nil(answer));
  /* Another call has no use of it to give up. */
  CHECK_EQ(context_table_marshall(table, CALL(1), context, &guard_a, count_rundown, answer),
           RPC_X_SS_CONTEXT_MISMATCH);
  CHECK_EQ(context_table_marshall(table, CALL(0), context, &guard_a, count_rundown, answer),
           RPC_S_OK);
  CHECK(memcmp(wire, answer, sizeof(wire)) == 0);
  context_table_rundown_and_release(table);
  CHECK_EQ(run_down, 1);
}

TEST(closed_without_rundown)
{
  struct context_table *table = begin();
  unsigned char wire[CONTEXT_WIRE_SIZE], answer[CONTEXT_WIRE_SIZE];
  struct server_context *context;

  make(table, NULL, wire);
  CHECK_EQ(find_with(table, 0, wire, NULL, 0, &context), RPC_S_OK);
  *value_of(context) = NULL;
  CHECK_EQ(marshall(table, 0, context, answer), RPC_S_OK);
  CHECK(context_wire_is_nil(answer));
  CHECK_EQ(find(table, 0, wire, 0), RPC_X_SS_CONTEXT_MISMATCH);
  context_table_rundown_and_release(table);
  CHECK_EQ(run_down, 0);
}

TEST(new_contexts_of_calls_that_fail)
{
  struct context_table *table = begin();
  struct server_context *context;

  CHECK_EQ(context_table_new(table, CALL(0), NULL, count_rundown, &context), RPC_S_OK);
  *value_of(context) = (void *)1;
  context_table_end_call(table, CALL(0), false);
  CHECK_EQ(run_down, 0);
  CHECK_EQ(context_table_new(table, CALL(0), NULL, count_rundown, &context), RPC_S_OK);
  *value_of(context) = (void *)1;
  context_table_end_call(table, CALL(0), true);
  CHECK_EQ(run_down, 1);
  context_table_rundown_and_release(table);
  CHECK_EQ(run_down, 1);
}

TEST(one_call_may_name_it_twice)
{
  struct context_table *table = begin();
  unsigned char wire[CONTEXT_WIRE_SIZE], answer[CONTEXT_WIRE_SIZE];
  struct server_context *first, *second;

  make(table, NULL, wire);
  CHECK_EQ(find_with(table, 0, wire, NULL, 0, &first), RPC_S_OK);
  CHECK_EQ(find_with(table, 0, wire, NULL, 0, &second), RPC_S_OK);
  CHECK(first == second);
  CHECK_EQ(marshall(table, 0, first, answer), RPC_S_OK);
  CHECK_EQ(marshall(table, 0, first, answer), RPC_S_OK);
  CHECK_EQ(marshall(table, 0, first, answer), RPC_X_SS_CONTEXT_MISMATCH);
  context_table_rundown_and_release(table);
  CHECK_EQ(run_down, 1);
}

TEST(in_use_while_the_association_ends)
{
  struct context_table *table = begin();
  unsigned char used[CONTEXT_WIRE_SIZE], idle[CONTEXT_WIRE_SIZE], answer[CONTEXT_WIRE_SIZE];
  struct server_context *context, *fresh;

  make(table, NULL, used);
  make(table, NULL, idle);
  CHECK_EQ(find_with(table, 0, used, NULL, 0, &context), RPC_S_OK);
  CHECK_EQ(context_table_new(table, CALL(1), NULL, NULL, &fresh), RPC_S_OK);
  *value_of(fresh) = (void *)1;
  context_table_rundown_and_release(table);
  CHECK_EQ(run_down, 1);
  CHECK_EQ(find(table, 2, idle, 0), RPC_X_SS_CONTEXT_MISMATCH);
  /* The client that should get it is no more. */
  CHECK_EQ(marshall(table, 1, fresh, answer), RPC_S_OK);
  CHECK(context_wire_is_nil(answer));
  CHECK_EQ(run_down, 2);
  context_table_end_call(table, CALL(0), false); /* and with it the table */
  CHECK_EQ(run_down, 3);
}

/* A thread that finds one context or two, notes that it has, and holds them until told. */
struct user {
  struct context_table *table;
  const unsigned char *wire, *second; /* NULL: one */
  int call;
  ULONG flags;
  RPC_STATUS status;
  HANDLE started, found, leave, thread;
};

static DWORD WINAPI use_context(void *argument)
{
  struct user *user = argument;
  struct context_request requests[] = {{user->wire, NULL, user->flags, NULL},
                                       {user->second, NULL, user->flags, NULL}};

  SetEvent(user->started);
  user->status = get(user->table, user->call, requests, user->second ? 2 : 1);
  SetEvent(user->found);
  CHECK_SIGNALLED(user->leave);
  context_table_end_call(user->table, CALL(user->call), false);
  return 0;
}

static void user_start_two(struct user *user, struct context_table *table,
                           const unsigned char *wire, const unsigned char *second, int call,
                           ULONG flags)
{
  *user = (struct user){table, wire, second, .call = call, .flags = flags};
  user->started = CreateEventW(NULL, TRUE, FALSE, NULL);
  user->found = CreateEventW(NULL, TRUE, FALSE, NULL);
  user->leave = CreateEventW(NULL, TRUE, FALSE, NULL);
  user->thread = CreateThread(NULL, 0, use_context, user, 0, NULL);
  CHECK(user->thread);
  CHECK_SIGNALLED(user->started);
}

static void user_start(struct user *user, struct context_table *table,
                       const unsigned char *wire, int call, ULONG flags)
{
  user_start_two(user, table, wire, NULL, call, flags);
}

static void user_end(struct user *user)
{
  SetEvent(user->leave);
  CHECK_SIGNALLED(user->thread);
  CloseHandle(user->thread);
  CloseHandle(user->started);
  CloseHandle(user->found);
  CloseHandle(user->leave);
}

/* Not a proof that it waits, but that it has not got through while nothing else happened. */
static bool has_found(struct user *user)
{
  return WaitForSingleObject(user->found, 50) == WAIT_OBJECT_0;
}

TEST(exclusive_by_default)
{
  struct context_table *table = begin();
  unsigned char wire[CONTEXT_WIRE_SIZE];
  struct user users[2];

  make(table, NULL, wire);
  user_start(&users[0], table, wire, 0, RPC_CONTEXT_HANDLE_DEFAULT_FLAGS);
  CHECK_SIGNALLED(users[0].found);
  user_start(&users[1], table, wire, 1, RPC_CONTEXT_HANDLE_DEFAULT_FLAGS);
  CHECK(!has_found(&users[1]));
  user_end(&users[0]);
  CHECK_SIGNALLED(users[1].found);
  CHECK_EQ(users[1].status, RPC_S_OK);
  user_end(&users[1]);
  context_table_rundown_and_release(table);
  CHECK_EQ(run_down, 1);
}

TEST(shared_where_asked_for)
{
  struct context_table *table = begin();
  unsigned char wire[CONTEXT_WIRE_SIZE];
  struct user users[3];

  make(table, NULL, wire);
  user_start(&users[0], table, wire, 0, RPC_CONTEXT_HANDLE_DONT_SERIALIZE);
  user_start(&users[1], table, wire, 1, RPC_CONTEXT_HANDLE_DONT_SERIALIZE);
  CHECK_SIGNALLED(users[0].found);
  CHECK_SIGNALLED(users[1].found);
  user_start(&users[2], table, wire, 2, RPC_CONTEXT_HANDLE_SERIALIZE);
  CHECK(!has_found(&users[2]));
  user_end(&users[0]);
  CHECK(!has_found(&users[2]));
  user_end(&users[1]);
  CHECK_SIGNALLED(users[2].found);
  user_end(&users[2]);
  /* For the whole process. */
  context_wait_dont_serialize();
  user_start(&users[0], table, wire, 0, RPC_CONTEXT_HANDLE_DEFAULT_FLAGS);
  user_start(&users[1], table, wire, 1, RPC_CONTEXT_HANDLE_DEFAULT_FLAGS);
  CHECK_SIGNALLED(users[0].found);
  CHECK_SIGNALLED(users[1].found);
  user_end(&users[0]);
  user_end(&users[1]);
  context_table_rundown_and_release(table);
}

TEST(lock_changes_hands)
{
  struct context_table *table = begin();
  unsigned char wire[CONTEXT_WIRE_SIZE];
  struct user users[2];

  make(table, NULL, wire);
  CHECK_EQ(find(table, 0, wire, RPC_CONTEXT_HANDLE_SERIALIZE), RPC_S_OK);
  CHECK_EQ(context_table_lock(table, CALL(3), (void *)1, true), ERROR_INVALID_HANDLE);
  CHECK_EQ(context_table_lock(table, CALL(0), (void *)2, true), ERROR_INVALID_HANDLE);
  user_start(&users[0], table, wire, 1, RPC_CONTEXT_HANDLE_DONT_SERIALIZE);
  CHECK(!has_found(&users[0]));
  CHECK_EQ(context_table_lock(table, CALL(0), (void *)1, false), RPC_S_OK);
  CHECK_SIGNALLED(users[0].found);
  user_end(&users[0]);
  CHECK_EQ(context_table_lock(table, CALL(0), (void *)1, true), RPC_S_OK);
  user_start(&users[1], table, wire, 1, RPC_CONTEXT_HANDLE_DONT_SERIALIZE);
  CHECK(!has_found(&users[1]));
  context_table_end_call(table, CALL(0), false);
  CHECK_SIGNALLED(users[1].found);
  user_end(&users[1]);
  context_table_rundown_and_release(table);
}

static DWORD WINAPI lock_for_call_0(void *table)
{
  return (DWORD)context_table_lock(table, CALL(0), (void *)1, true);
}

/* Asynchronous calls: another thread ends them. */
TEST(lock_of_a_call_that_ends_meanwhile)
{
  struct context_table *table = begin();
  unsigned char wire[CONTEXT_WIRE_SIZE];
  DWORD status;
  HANDLE thread;

  make(table, NULL, wire);
  CHECK_EQ(find(table, 0, wire, RPC_CONTEXT_HANDLE_DONT_SERIALIZE), RPC_S_OK);
  CHECK_EQ(find(table, 1, wire, RPC_CONTEXT_HANDLE_DONT_SERIALIZE), RPC_S_OK);
  waiting_calls = 0;
  thread = CreateThread(NULL, 0, lock_for_call_0, table, 0, NULL);
  CHECK(thread);
  while (!InterlockedCompareExchange(&waiting_calls, 0, 0))
    SwitchToThread();
  /* It says so under the lock, and so waits by the time that this gets it. */
  context_table_end_call(table, CALL(0), false);
  CHECK_SIGNALLED(thread);
  CHECK(GetExitCodeThread(thread, &status));
  CHECK_EQ(status, ERROR_INVALID_HANDLE);
  CloseHandle(thread);
  /* The other one is still a shared user, and whoever comes another. */
  CHECK_EQ(find(table, 2, wire, RPC_CONTEXT_HANDLE_DONT_SERIALIZE), RPC_S_OK);
  context_table_end_call(table, CALL(1), false);
  context_table_end_call(table, CALL(2), false);
  context_table_rundown_and_release(table);
  CHECK_EQ(run_down, 1);
}

TEST(who_waits_finds_it_gone)
{
  struct context_table *table = begin();
  unsigned char wire[CONTEXT_WIRE_SIZE], answer[CONTEXT_WIRE_SIZE];
  struct server_context *context;
  struct user user;

  make(table, NULL, wire);
  CHECK_EQ(find_with(table, 0, wire, NULL, 0, &context), RPC_S_OK);
  user_start(&user, table, wire, 1, 0);
  CHECK(!has_found(&user));
  *value_of(context) = NULL;
  CHECK_EQ(marshall(table, 0, context, answer), RPC_S_OK);
  CHECK_SIGNALLED(user.found);
  CHECK_EQ(user.status, RPC_X_SS_CONTEXT_MISMATCH);
  user_end(&user);
  context_table_rundown_and_release(table);
  CHECK_EQ(run_down, 0);
}

TEST(a_call_gets_all_its_contexts_or_holds_none)
{
  struct context_table *table = begin();
  unsigned char one[CONTEXT_WIRE_SIZE], two[CONTEXT_WIRE_SIZE];
  struct user both, alone;

  make(table, NULL, one);
  make(table, NULL, two);
  CHECK_EQ(find(table, 0, two, 0), RPC_S_OK);
  user_start_two(&both, table, one, two, 1, 0);
  CHECK(!has_found(&both));
  /* The first of the two is free for others meanwhile. */
  user_start(&alone, table, one, 2, 0);
  CHECK_SIGNALLED(alone.found);
  context_table_end_call(table, CALL(0), false);
  CHECK(!has_found(&both));
  user_end(&alone);
  CHECK_SIGNALLED(both.found);
  CHECK_EQ(both.status, RPC_S_OK);
  CHECK_EQ(context_table_lock(table, CALL(1), (void *)1, true), RPC_S_OK);
  user_end(&both);
  context_table_rundown_and_release(table);
  CHECK_EQ(run_down, 2);
}

TEST(the_same_context_twice_in_one_call_is_one_use)
{
  struct context_table *table = begin();
  unsigned char wire[CONTEXT_WIRE_SIZE];
  struct context_request requests[] = {
      {wire, NULL, RPC_CONTEXT_HANDLE_DONT_SERIALIZE, NULL},
      {wire, NULL, RPC_CONTEXT_HANDLE_SERIALIZE, NULL},
  };
  struct user other;

  make(table, NULL, wire);
  CHECK_EQ(get(table, 0, requests, 2), RPC_S_OK);
  CHECK(requests[0].context == requests[1].context);
  /* Exclusive, since one of the two is. */
  user_start(&other, table, wire, 1, RPC_CONTEXT_HANDLE_DONT_SERIALIZE);
  CHECK(!has_found(&other));
  context_table_end_call(table, CALL(0), false);
  CHECK_SIGNALLED(other.found);
  user_end(&other);
  context_table_rundown_and_release(table);
  CHECK_EQ(run_down, 1);
}

TEST(one_unknown_context_refuses_them_all)
{
  struct context_table *table = begin();
  unsigned char wire[CONTEXT_WIRE_SIZE], unknown[CONTEXT_WIRE_SIZE];
  struct context_request requests[] = {{wire, NULL, 0, NULL}, {unknown, NULL, 0, NULL}};

  make(table, NULL, wire);
  memcpy(unknown, wire, sizeof(unknown));
  unknown[7] ^= 1;
  CHECK_EQ(get(table, 0, requests, 2), RPC_X_SS_CONTEXT_MISMATCH);
  CHECK_EQ(find(table, 1, wire, RPC_CONTEXT_HANDLE_SERIALIZE), RPC_S_OK);
  context_table_end_call(table, CALL(1), false);
  context_table_rundown_and_release(table);
  CHECK_EQ(run_down, 1);
}

TEST(who_waits_is_served_in_the_order_of_arrival)
{
  enum { COUNT = 6 };
  struct context_table *table = begin();
  unsigned char wire[CONTEXT_WIRE_SIZE];
  struct user users[COUNT];

  make(table, NULL, wire);
  CHECK_EQ(find(table, 7, wire, 0), RPC_S_OK);
  for (int i = 0; i < COUNT; i++) {
    user_start(&users[i], table, wire, i, 0);
    CHECK(!has_found(&users[i])); /* and so it is in the queue */
  }
  context_table_end_call(table, CALL(7), false);
  for (int i = 0; i < COUNT; i++) {
    CHECK_SIGNALLED(users[i].found);
    for (int later = i + 1; later < COUNT; later++)
      CHECK(WaitForSingleObject(users[later].found, 0) == WAIT_TIMEOUT);
    user_end(&users[i]);
  }
  context_table_rundown_and_release(table);
}

TEST(a_value_of_null_closes_a_context_whose_call_fails)
{
  struct context_table *table = begin();
  unsigned char wire[CONTEXT_WIRE_SIZE];
  struct server_context *context;

  make(table, NULL, wire);
  CHECK_EQ(find_with(table, 0, wire, NULL, 0, &context), RPC_S_OK);
  *value_of(context) = NULL;
  context_table_end_call(table, CALL(0), false);
  CHECK_EQ(find(table, 1, wire, 0), RPC_X_SS_CONTEXT_MISMATCH);
  context_table_rundown_and_release(table);
  CHECK_EQ(run_down, 0);
}

/* Threads that take two contexts in one order and in the other, for as long as they please. */
static DWORD WINAPI take_two_often(void *argument)
{
  struct user *user = argument;

  for (int i = 0; i < 500; i++) {
    struct context_request requests[] = {{user->wire, NULL, 0, NULL},
                                         {user->second, NULL, 0, NULL}};

    CHECK_EQ(get(user->table, user->call, requests, 2), RPC_S_OK);
    SwitchToThread();
    context_table_end_call(user->table, CALL(user->call), false);
  }
  return 0;
}

TEST(two_contexts_taken_in_opposite_order_do_not_deadlock)
{
  struct context_table *table = begin();
  unsigned char one[CONTEXT_WIRE_SIZE], two[CONTEXT_WIRE_SIZE];
  struct user users[4];

  make(table, NULL, one);
  make(table, NULL, two);
  for (int i = 0; i < 4; i++) {
    users[i] = (struct user){table, i % 2 ? one : two, i % 2 ? two : one, .call = i};
    users[i].thread = CreateThread(NULL, 0, take_two_often, &users[i], 0, NULL);
    CHECK(users[i].thread);
  }
  for (int i = 0; i < 4; i++)
    CHECK_SIGNALLED(users[i].thread);
  context_table_rundown_and_release(table);
  CHECK_EQ(run_down, 2);
}

static DWORD WINAPI use_often(void *argument)
{
  struct user *user = argument;

  for (int i = 0; i < 2000; i++) {
    struct server_context *context;
    unsigned char answer[CONTEXT_WIRE_SIZE];

    CHECK_EQ(find_with(user->table, user->call, user->wire, NULL, user->flags, &context),
             RPC_S_OK);
    CHECK_EQ(context_table_marshall(user->table, CALL(user->call), context, NULL, count_rundown,
                                    answer),
             RPC_S_OK);
  }
  return 0;
}

TEST(many_threads_on_one_context)
{
  struct context_table *table = begin();
  unsigned char wire[CONTEXT_WIRE_SIZE];
  struct user users[6];

  make(table, NULL, wire);
  for (int i = 0; i < 6; i++) {
    users[i] = (struct user){.table = table, .wire = wire, .call = i};
    users[i].flags = i % 2 ? RPC_CONTEXT_HANDLE_SERIALIZE : RPC_CONTEXT_HANDLE_DONT_SERIALIZE;
    users[i].thread = CreateThread(NULL, 0, use_often, &users[i], 0, NULL);
    CHECK(users[i].thread);
  }
  for (int i = 0; i < 6; i++)
    CHECK_SIGNALLED(users[i].thread);
  context_table_rundown_and_release(table);
  CHECK_EQ(run_down, 1);
}

/* ---- calls that wait without a thread ---- */

struct parked {
  struct context_wait wait;
  struct context_request request;
  LONG answered;
};

static void note_answer(struct context_wait *wait)
{
  CONTAINING_RECORD(wait, struct parked, wait)->answered++;
}

static RPC_STATUS park(struct parked *parked, struct context_table *table, int call,
                       const unsigned char *wire)
{
  *parked = (struct parked){.request = {wire, NULL, RPC_CONTEXT_HANDLE_SERIALIZE, NULL}};
  parked->wait = (struct context_wait){CALL(call), &parked->request, 1, .ready = note_answer};
  return context_wait_begin(table, &parked->wait);
}

static void check_answer(struct parked *parked, struct context_table *table, RPC_STATUS status)
{
  CHECK_EQ(parked->answered, 1);
  CHECK_EQ(context_wait_answer(table, &parked->wait), status);
}

TEST(parked_calls_are_told_in_the_order_of_arrival)
{
  struct context_table *table = begin();
  unsigned char wire[CONTEXT_WIRE_SIZE];
  struct parked waits[4];

  make(table, NULL, wire);
  CHECK_EQ(park(&waits[0], table, 0, wire), RPC_S_OK);
  for (int i = 1; i < 4; i++)
    CHECK_EQ(park(&waits[i], table, i, wire), RPC_S_ASYNC_CALL_PENDING);
  for (int i = 1; i < 4; i++) {
    CHECK_EQ(waits[i].answered, 0);
    context_table_end_call(table, CALL(i - 1), false);
    check_answer(&waits[i], table, RPC_S_OK);
    CHECK(waits[i].request.context == waits[0].request.context);
  }
  CHECK_EQ(waits[0].answered, 0);
  context_table_end_call(table, CALL(3), false);
  context_table_rundown_and_release(table);
  CHECK_EQ(run_down, 1);
}

TEST(parked_call_that_is_withdrawn_is_told_so_and_leaves_the_others)
{
  struct context_table *table = begin();
  unsigned char wire[CONTEXT_WIRE_SIZE];
  struct parked waits[4];

  make(table, NULL, wire);
  for (int i = 0; i < 4; i++)
    park(&waits[i], table, i, wire);
  context_wait_withdraw(table, &waits[0].wait); /* it has it already */
  CHECK_EQ(waits[0].answered, 0);
  context_wait_withdraw(table, &waits[3].wait); /* the last of the list */
  check_answer(&waits[3], table, RPC_S_CALL_CANCELLED);
  context_wait_withdraw(table, &waits[1].wait);
  check_answer(&waits[1], table, RPC_S_CALL_CANCELLED);
  CHECK_EQ(park(&waits[3], table, 3, wire), RPC_S_ASYNC_CALL_PENDING);
  context_table_end_call(table, CALL(0), false);
  check_answer(&waits[2], table, RPC_S_OK);
  context_table_end_call(table, CALL(2), false);
  check_answer(&waits[3], table, RPC_S_OK);
  context_table_end_call(table, CALL(3), false);
  context_table_rundown_and_release(table);
  CHECK_EQ(run_down, 1);
}

TEST(parked_call_is_refused_where_its_context_is_closed)
{
  struct context_table *table = begin();
  unsigned char wire[CONTEXT_WIRE_SIZE], answer[CONTEXT_WIRE_SIZE];
  struct server_context *context;
  struct parked call;

  make(table, NULL, wire);
  CHECK_EQ(find_with(table, 0, wire, NULL, 0, &context), RPC_S_OK);
  CHECK_EQ(park(&call, table, 1, wire), RPC_S_ASYNC_CALL_PENDING);
  *value_of(context) = NULL;
  CHECK_EQ(marshall(table, 0, context, answer), RPC_S_OK);
  check_answer(&call, table, RPC_X_SS_CONTEXT_MISMATCH);
  context_table_rundown_and_release(table);
  CHECK_EQ(run_down, 0);
}

TEST(calls_that_wait_are_limited)
{
  static struct parked waits[CONTEXT_WAITS_MAX + 1];
  struct context_table *table = begin();
  unsigned char wire[CONTEXT_WIRE_SIZE];

  make(table, NULL, wire);
  CHECK_EQ(find(table, 7, wire, 0), RPC_S_OK);
  for (int i = 0; i < CONTEXT_WAITS_MAX; i++)
    CHECK_EQ(park(&waits[i], table, 0, wire), RPC_S_ASYNC_CALL_PENDING);
  CHECK_EQ(park(&waits[CONTEXT_WAITS_MAX], table, 0, wire), RPC_S_SERVER_TOO_BUSY);
  for (int i = 0; i < CONTEXT_WAITS_MAX; i++)
    context_wait_withdraw(table, &waits[i].wait);
  for (int i = 0; i < CONTEXT_WAITS_MAX; i++)
    check_answer(&waits[i], table, RPC_S_CALL_CANCELLED);
  context_table_end_call(table, CALL(7), false);
  context_table_rundown_and_release(table);
  CHECK_EQ(run_down, 1);
}

/* Those of stubs that marshal for themselves. */
TEST(threads_that_wait_are_limited)
{
  struct context_table *table = begin();
  unsigned char wire[CONTEXT_WIRE_SIZE];
  static struct user users[CONTEXT_THREADS_MAX + 8];
  int refused = 0;

  make(table, NULL, wire);
  CHECK_EQ(find(table, 7, wire, 0), RPC_S_OK);
  for (size_t i = 0; i < ARRAYSIZE(users); i++)
    user_start(&users[i], table, wire, i % 7, RPC_CONTEXT_HANDLE_SERIALIZE);
  while (refused < 8) {
    refused = 0;
    for (size_t i = 0; i < ARRAYSIZE(users); i++)
      refused += WaitForSingleObject(users[i].found, 1) == WAIT_OBJECT_0;
  }
  CHECK_EQ(refused, 8);
  context_table_end_call(table, CALL(7), false);
  for (size_t i = 0; i < ARRAYSIZE(users); i++)
    SetEvent(users[i].leave);
  refused = 0;
  for (size_t i = 0; i < ARRAYSIZE(users); i++) {
    user_end(&users[i]);
    CHECK(users[i].status == RPC_S_OK || users[i].status == RPC_S_SERVER_TOO_BUSY);
    refused += users[i].status == RPC_S_SERVER_TOO_BUSY;
  }
  CHECK_EQ(refused, 8);
  context_table_rundown_and_release(table);
  CHECK_EQ(run_down, 1);
}
