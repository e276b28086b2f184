/*
 * The stubs of asyncshim-idl, both sides of them, in one program over ncalrpc: every procedure
 * has to bring its arguments there and its results back. It uses nothing but synchronous calls
 * and so runs on any rpcrt4, Wine's own included.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "loopback.h"

static int failures;

#define CHECK(condition) check((condition) != 0, #condition, __LINE__)

static void check(int ok, const char *what, int line)
{
  if (!ok) {
    printf("loopback.c:%d: not so: %s\n", line, what);
    failures++;
  }
}

void *__RPC_USER MIDL_user_allocate(size_t size)
{
  return malloc(size);
}

void __RPC_USER MIDL_user_free(void *memory)
{
  free(memory);
}

/* The manager routines. */

void __cdecl srv_sum_of_simple(handle_t h, small a, short b, LONG c, hyper d, byte e,
                               hyper *sum)
{
  (void)h;
  *sum = a + b + c + d + e;
}

void __cdecl srv_floats(handle_t h, float a, double b, LONG c, float d, double e, double *sum)
{
  (void)h;
  *sum = a + 10 * b + 100 * c + 1000 * d + 10000 * e;
}

LONG __cdecl srv_handle_in_the_middle(LONG n, handle_t h, const LONG *values)
{
  LONG sum = 0;

  (void)h;
  for (LONG i = 0; i < n; i++)
    sum += values[i];
  return sum;
}

void __cdecl srv_reverse(handle_t h, const wchar_t *text, wchar_t **back)
{
  size_t length = wcslen(text);

  (void)h;
  *back = MIDL_user_allocate((length + 1) * sizeof(wchar_t));
  if (*back == NULL)
    RpcRaiseException(RPC_S_OUT_OF_MEMORY);
  for (size_t i = 0; i < length; i++)
    (*back)[i] = text[length - 1 - i];
  (*back)[length] = 0;
}

void __cdecl srv_squares(handle_t h, LONG n, LONG *length, LONG *values)
{
  (void)h;
  CHECK(*length == 2 && values[0] == 7 && values[1] == 8);
  for (LONG i = 0; i < n; i++)
    values[i] = i * i;
  *length = n;
}

LONG __cdecl srv_computed_size(handle_t h, LONG n, short m, const byte *bytes)
{
  LONG sum = 0;

  (void)h;
  for (LONG i = 0; i < n * 3 + m; i++)
    sum += bytes[i];
  return sum;
}

static double sum_of_big(const BIG *big)
{
  double sum = big->d;

  for (int i = 0; i < 5; i++)
    sum += big->l[i];
  return sum;
}

void __cdecl srv_sum_of_structs(handle_t h, COUNTED *a, BIG b, BIG *c, double *sum)
{
  (void)h;
  *sum = sum_of_big(&b) + sum_of_big(c);
  for (LONG i = 0; i < a->count; i++)
    *sum += a->values[i];
  c->d = -c->d;
}

void __cdecl srv_swap_choices(handle_t h, LONG skip, LONG *which, CHOICE *a, LONG *other,
                              CHOICE *b)
{
  CHOICE choice = *a;
  LONG discriminant = *which;

  (void)h;
  CHECK(skip == 2);
  *a = *b;
  *b = choice;
  *which = *other;
  *other = discriminant;
}

double __cdecl srv_mean(handle_t h, double a, double b)
{
  (void)h;
  return (a + b) / 2;
}

float __cdecl srv_half(handle_t h)
{
  (void)h;
  return 0.5f;
}

hyper __cdecl srv_product(handle_t h, hyper a, LONG b)
{
  (void)h;
  return a * b;
}

LONG __cdecl srv_open_counter(handle_t h, LONG start, COUNTER *counter)
{
  LONG *total = malloc(sizeof(*total));

  (void)h;
  if (total == NULL)
    return ERROR_OUTOFMEMORY;
  *total = start;
  *counter = total;
  return 0;
}

LONG __cdecl srv_add(COUNTER counter, LONG n, const LONG *values)
{
  LONG *total = counter;

  for (LONG i = 0; i < n; i++)
    *total += values[i];
  return *total;
}

LONG __cdecl srv_close_counter(COUNTER *counter)
{
  LONG total = *(LONG *)*counter;

  free(*counter);
  *counter = NULL;
  return total;
}

void __RPC_USER COUNTER_rundown(COUNTER counter)
{
  free(counter);
}

/* The client's side. */

static void call_with_simple_types(handle_t h)
{
  hyper sum = 0;
  double real = 0;
  LONG values[] = {1, 20, 300};

  sum_of_simple(h, -5, -300, 70000, 0x123456789abcll, 250, &sum);
  CHECK(sum == 0x123456789abcll + 70000 - 300 - 5 + 250);
  floats(h, 1.5f, 2.25, 3, 4.5f, 5.75, &real);
  CHECK(real == 1.5 + 22.5 + 300 + 4500 + 57500);
  CHECK(handle_in_the_middle(3, h, values) == 321);
}

static void call_with_strings_and_arrays(handle_t h)
{
  wchar_t *back = NULL;
  LONG values[6] = {7, 8};
  LONG length = 2;
  byte bytes[17];

  reverse(h, L"stressed", &back);
  CHECK(back != NULL && wcscmp(back, L"desserts") == 0);
  MIDL_user_free(back);
  squares(h, 6, &length, values);
  CHECK(length == 6 && values[5] == 25 && values[2] == 4);
  memset(bytes, 3, sizeof(bytes));
  CHECK(computed_size(h, 5, 2, bytes) == 51);
}

static void call_with_structures(handle_t h)
{
  LONG values[] = {1000, 2000};
  COUNTED counted = {2, values};
  BIG first = {0.5, {1, 2, 3, 4, 5}};
  BIG second = {0.25, {10, 20, 30, 40, 50}};
  CHOICE number = {.number = 42};
  CHOICE real = {.real = 2.5};
  LONG which = 1;
  LONG other = 2;
  double sum = 0;

  sum_of_structs(h, &counted, first, &second, &sum);
  CHECK(sum == 15.5 + 150.25 + 3000);
  CHECK(second.d == -0.25 && second.l[4] == 50);
  swap_choices(h, 2, &which, &number, &other, &real);
  CHECK(which == 2 && number.real == 2.5);
  CHECK(other == 1 && real.number == 42);
}

static void call_for_wide_results(handle_t h)
{
  CHECK(mean(h, 1.5, 4.0) == 2.75);
  CHECK(half(h) == 0.5f);
  CHECK(product(h, 0x100000001ll, -3) == -0x300000003ll);
}

static void call_with_context_handles(handle_t h)
{
  COUNTER counter = NULL;
  LONG values[] = {4, 5, 6};

  CHECK(open_counter(h, 100, &counter) == 0);
  CHECK(counter != NULL);
  CHECK(add(counter, 3, values) == 115);
  CHECK(add(counter, 1, values) == 119);
  CHECK(close_counter(&counter) == 119);
  CHECK(counter == NULL);
}

static RPC_STATUS start_server(const wchar_t *endpoint)
{
  wchar_t protocol[] = L"ncalrpc";
  RPC_STATUS status;

  status = RpcServerUseProtseqEpW(protocol, 8, (RPC_WSTR)endpoint, NULL);
  if (status == RPC_S_OK)
    status = RpcServerRegisterIf(srv_Loopback_v1_0_s_ifspec, NULL, NULL);
  if (status == RPC_S_OK)
    status = RpcServerListen(1, 8, TRUE);
  return status;
}

int main(void)
{
  wchar_t endpoint[64];
  wchar_t protocol[] = L"ncalrpc";
  RPC_WSTR string = NULL;
  RPC_BINDING_HANDLE h = NULL;
  RPC_STATUS status;

  setvbuf(stdout, NULL, _IONBF, 0);
  swprintf(endpoint, 64, L"asyncshim-loopback-%lu", (unsigned long)GetCurrentProcessId());
  status = start_server(endpoint);
  if (status == RPC_S_OK)
    status = RpcStringBindingComposeW(NULL, protocol, NULL, endpoint, NULL, &string);
  if (status == RPC_S_OK)
    status = RpcBindingFromStringBindingW(string, &h);
  CHECK(status == RPC_S_OK);
  if (status == RPC_S_OK) {
    call_with_simple_types(h);
    call_with_strings_and_arrays(h);
    call_with_structures(h);
    call_for_wide_results(h);
    call_with_context_handles(h);
    RpcBindingFree(&h);
    RpcStringFreeW(&string);
    RpcMgmtStopServerListening(NULL);
    RpcMgmtWaitServerListen();
    RpcServerUnregisterIf(srv_Loopback_v1_0_s_ifspec, NULL, FALSE);
  }
  printf("%d failures\n", failures);
  return failures != 0;
}
