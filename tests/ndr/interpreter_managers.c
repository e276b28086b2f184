#include "interpreter_managers.h"

#include <ctype.h>
#include <stdlib.h>

#include "../../rpcshim/seh/raise.h"
#include "../harness/harness.h"
#include "interpreter.h"
#include "loopback.h"

LONG manager_calls, counters_run_down, tenants_bound, tenants_unbound;
RPC_BINDING_HANDLE manager_binding;

static char *copy_text(const char *text)
{
  char *copy = midl_user_allocate(strlen(text) + 1);

  CHECK(copy);
  return strcpy(copy, text);
}

void server_nothing(void)
{
  manager_calls++;
}

LONG server_add(LONG a, LONG b)
{
  manager_calls++;
  return a + b;
}

LONG server_mixed(small a, float b, double c, hyper d, float e, double f, unsigned short g,
                  double *sum, float *product, hyper *twice)
{
  *sum = a + b + c + d + e + f + g;
  *product = b * e;
  *twice = d * 2;
  return g;
}

INT_PTR server_pointer_sized(INT_PTR a, UINT_PTR *complement)
{
  *complement = ~(UINT_PTR)a & 0xffffffff;
  return a - 1;
}

colour_t server_next_colour(colour_t colour, colour_t *colours)
{
  *colours = colour;
  return colour == RED ? GREEN : BLUE;
}

void server_by_value(small_pair_t pair, triple_t triple, small_pair_t *swapped,
                     triple_t *doubled)
{
  swapped->a = pair.b;
  swapped->b = pair.a;
  doubled->a = triple.a * 2;
  doubled->b = triple.b * 2;
  doubled->c = triple.c * 2;
}

void server_in_range(LONG count, LONG *values, LONG *sum)
{
  manager_calls++;
  for (LONG i = 0; i < count; i++)
    *sum += values[i]; /* [out] memory starts as zeros */
}

text_t server_upper(char *text, LONG *limit)
{
  char *result = copy_text(text);

  for (LONG i = 0; result[i] && (!limit || i < *limit); i++)
    result[i] = (char)toupper((unsigned char)result[i]);
  return result;
}

void server_fill(LONG count, item_t items[])
{
  for (LONG i = 0; i < count; i++) {
    CHECK(!items[i].name && !items[i].next);
    items[i].key = i;
    items[i].name = copy_text("name");
    if (i % 2)
      continue;
    items[i].next = midl_user_allocate(sizeof(item_t));
    *items[i].next = (item_t){.key = -i};
  }
}

void server_squares(LONG count, LONG *squares)
{
  for (LONG i = 0; i < count * 2; i++)
    squares[i] = i * i;
}

void server_reverse(item_t **list)
{
  item_t *reversed = NULL;

  while (*list) {
    item_t *next = (*list)->next;

    (*list)->next = reversed;
    reversed = *list;
    *list = next;
  }
  *list = reversed;
}

void server_same(LONG *a, LONG *b, LONG *is_same)
{
  *is_same = a == b;
}

void server_text_out(LONG length, texts_t *texts)
{
  CHECK(!texts->first && !texts->second);
  if (length < 0)
    return;
  texts->second = midl_user_allocate(length + 1);
  memset(texts->second, 'x', length);
  texts->second[length] = 0;
}

LONG server_explicit_handle(handle_t binding, LONG a)
{
  manager_binding = binding;
  CHECK(binding == I_RpcGetCurrentCallHandle());
  return a + 1;
}

LONG server_generic(tenant_t tenant, LONG a)
{
  return tenant * 1000 + a;
}

void server_fail(ULONG code, item_t *item, texts_t *texts)
{
  manager_calls++;
  CHECK(item->next);
  texts->first = copy_text("never seen");
  raise_status(code);
}

struct counter {
  LONG value;
};

counter_t server_open(LONG start)
{
  struct counter *counter;

  if (start < 0)
    return NULL;
  counter = midl_user_allocate(sizeof(*counter));
  counter->value = start;
  return counter;
}

void server_open_out(LONG start, ULONG code, counter_t *counter)
{
  CHECK(!*counter);
  *counter = server_open(start);
  if (!code)
    return;
  midl_user_free(*counter);
  raise_status(code);
}

LONG server_count(counter_t counter, LONG by)
{
  return ((struct counter *)counter)->value += by;
}

void server_close(counter_t *counter)
{
  midl_user_free(*counter);
  *counter = NULL;
}

void __RPC_USER counter_t_rundown(counter_t counter)
{
  counters_run_down++;
  midl_user_free(counter);
}

handle_t __RPC_USER tenant_t_bind(tenant_t tenant)
{
  CHECK_EQ(tenant, 42);
  tenants_bound++;
  return loopback_binding();
}

void __RPC_USER tenant_t_unbind(tenant_t tenant, handle_t binding)
{
  CHECK_EQ(tenant, 42);
  CHECK(binding == loopback_binding());
  tenants_unbound++;
}
