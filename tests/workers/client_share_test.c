/* How many workers the calls of one client may have, of two, and of COM's. */
#include "../../rpcshim/server/client_share.h"
#include "../harness/harness.h"

#include <stdlib.h>

static const char only_group;

struct waiter {
  struct share_wait wait;
  volatile LONG granted;
};

static void note(struct completion *completion, DWORD bytes, DWORD error)
{
  struct waiter *waiter = CONTAINING_RECORD(completion, struct waiter, wait.granted);

  (void)bytes, (void)error;
  InterlockedIncrement(&waiter->granted);
}

static void waiter_init(struct waiter *waiter, struct client_share *share)
{
  *waiter = (struct waiter){.granted = 0};
  share_wait_init(&waiter->wait, share, note);
}

static void wait_granted(struct waiter *waiter)
{
  while (!InterlockedCompareExchange(&waiter->granted, 0, 0))
    Sleep(1);
}

static struct client_share *client_group(const WCHAR *name, const void *group)
{
  struct client_share *share = client_share_of(0, name, group);

  CHECK(share);
  return share;
}

/* The only group of its address. */
static struct client_share *client(const WCHAR *name)
{
  return client_group(name, &only_group);
}

/* As many as it gets; the last one waits with `waiter`. */
static LONG take_all(struct client_share *share, struct waiter *waiter)
{
  LONG count = 0;

  waiter_init(waiter, share);
  while (client_share_take(&waiter->wait, false))
    count++;
  return count;
}

static void give_all(struct client_share *share, LONG count)
{
  while (count--)
    client_share_give(share);
}

TEST(same_client_by_the_same_name_and_group)
{
  struct client_share *one = client(L"one"), *two = client(L"two");

  CHECK(one != two);
  CHECK(client(L"one") == one);
  CHECK(client_group(L"one", two) != one);
  client_share_release(one);
  client_share_release(one);
  client_share_release(two);
}

/* Half of what was left, one way or the other. */
static void check_half(LONG count, LONG left)
{
  CHECK(count >= left / 2 && count <= left / 2 + 1);
}

static void take_by_three(struct client_share *clients[3], LONG left)
{
  struct waiter waiters[3];
  LONG counts[3];

  for (int i = 0; i < 3; i++) {
    counts[i] = take_all(clients[i], &waiters[i]);
    check_half(counts[i], left);
    left -= counts[i];
  }
  CHECK(left > 0);
  for (int i = 0; i < 3; i++)
    CHECK(client_share_withdraw(&waiters[i].wait) && !waiters[i].granted);
  for (int i = 0; i < 3; i++)
    give_all(clients[i], counts[i]);
  /* All is there again. */
  CHECK_EQ(take_all(clients[2], &waiters[2]), counts[0]);
  CHECK(client_share_withdraw(&waiters[2].wait));
  give_all(clients[2], counts[0]);
  for (int i = 0; i < 3; i++)
    client_share_release(clients[i]);
}

TEST(one_group_has_half_of_its_addresss_half_and_others_of_what_is_left)
{
  static const char groups[3];
  struct client_share *clients[3] = {client_group(L"one", &groups[0]),
                                     client_group(L"one", &groups[1]),
                                     client_group(L"one", &groups[2])};

  take_by_three(clients, client_share_limit() / 2);
}

/* As a process has it: not by groups. */
TEST(one_client_has_half_and_others_of_what_is_left)
{
  struct client_share *clients[3] = {client_group(L"one", NULL), client_group(L"two", NULL),
                                     client_group(L"three", NULL)};

  take_by_three(clients, client_share_limit());
}

TEST(who_waits_goes_on_in_order_when_a_worker_comes_back)
{
  struct client_share *one = client(L"one"), *two = client(L"two");
  struct waiter first, second, other;
  LONG count = take_all(one, &first);

  waiter_init(&second, one);
  CHECK(!client_share_take(&second.wait, false));
  client_share_give(one);
  wait_granted(&first);
  CHECK(client_share_confirm(&first.wait));
  CHECK_EQ(second.granted, 0);
  /* Another client is not behind it. */
  waiter_init(&other, two);
  CHECK(client_share_take(&other.wait, false));
  client_share_give(two);
  client_share_give(one);
  wait_granted(&second);
  CHECK(!client_share_withdraw(&second.wait));
  CHECK_EQ(first.granted, 1);
  give_all(one, count);
  client_share_release(one);
  client_share_release(two);
}

/* A call-back into an apartment must not wait for the calls that wait for it. */
TEST(calls_of_objects_have_twice_the_number)
{
  struct client_share *one = client(L"one");
  struct waiter waiter, urgent;
  LONG limit = client_share_limit(), count = take_all(one, &waiter);

  CHECK(client_share_is_used_up(one));
  waiter_init(&urgent, one);
  while (client_share_take(&urgent.wait, true))
    count++;
  CHECK_EQ(count, 2 * limit);
  CHECK(client_share_withdraw(&waiter.wait));
  client_share_give(one);
  wait_granted(&urgent);
  give_all(one, count);
  CHECK(!client_share_is_used_up(one));
  client_share_release(one);
}

TEST(limit_is_raised_and_never_sinks)
{
  struct client_share *one = client(L"one");
  struct waiter waiter;
  LONG limit = client_share_limit(), count;

  client_share_raise_limit(10);
  CHECK_EQ(client_share_limit(), limit);
  client_share_raise_limit(limit + 200);
  CHECK_EQ(client_share_limit(), limit + 200);
  count = take_all(one, &waiter);
  CHECK(count >= (limit + 200) / 4);
  CHECK(client_share_withdraw(&waiter.wait));
  give_all(one, count);
  /* Some threads are left for the runtime itself. */
  client_share_raise_limit(~0u);
  CHECK(client_share_limit() < 8192);
  client_share_release(one);
}
