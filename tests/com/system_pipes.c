/*
 * IPipeByte, IPipeLong and IPipeDouble, which have no proxies in Wine: between two places,
 * called synchronously and asynchronously, of objects with and without calls of their own.
 */
#include <initguid.h>

#include "../../include/asyncshim/com.h"

#include <stdlib.h>

#include "twin_places.h"

/* The same methods for all three, by the type of the first: they differ in the size of what
 * they carry. */
#define MOST       3000
#define SHORT_PULL 700 /* of more */
#define TOO_MANY   0x7fffffff
#define OUT_OF_INK MAKE_HRESULT(SEVERITY_ERROR, FACILITY_ITF, 0x29b)

struct pipe {
  struct twin_object twin;
  size_t element_size;
};

static struct pipe *pipe_of(void *iface)
{
  return CONTAINING_RECORD(iface, struct pipe, twin.methods);
}

static struct twin_call *call_of(void *iface)
{
  return CONTAINING_RECORD(iface, struct twin_call, methods);
}

static BYTE ink(size_t position)
{
  return (BYTE)(position * 7 + position / 256);
}

static void write_ink(BYTE *data, size_t size)
{
  for (size_t i = 0; i < size; i++)
    data[i] = ink(i);
}

static void check_ink(const BYTE *data, size_t size)
{
  for (size_t i = 0; i < size; i++)
    CHECK_EQ(data[i], ink(i));
}

/* ---- the object ---- */

static HRESULT STDMETHODCALLTYPE pull(void *iface, BYTE *data, ULONG count, ULONG *returned)
{
  InterlockedIncrement(&pipe_of(iface)->twin.seen);
  *returned = 0;
  if (count > MOST)
    return OUT_OF_INK;
  *returned = min(count, SHORT_PULL);
  write_ink(data, *returned * pipe_of(iface)->element_size);
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE push(void *iface, BYTE *data, ULONG count)
{
  InterlockedIncrement(&pipe_of(iface)->twin.seen);
  check_ink(data, count * pipe_of(iface)->element_size);
  return count == MOST ? S_FALSE : S_OK;
}

static HRESULT STDMETHODCALLTYPE begin_pull(void *iface, ULONG count)
{
  call_of(iface)->kept = count;
  twin_call_begun(call_of(iface));
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE finish_pull(void *iface, BYTE *data, ULONG *returned)
{
  struct twin_call *call = call_of(iface);

  twin_call_finished(call);
  return pull(&call->object->methods, data, (ULONG)call->kept, returned);
}

static HRESULT STDMETHODCALLTYPE begin_push(void *iface, BYTE *data, ULONG count)
{
  struct twin_call *call = call_of(iface);

  call->kept = push(&call->object->methods, data, count);
  twin_call_begun(call);
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE finish_push(void *iface)
{
  twin_call_finished(call_of(iface));
  return (HRESULT)call_of(iface)->kept;
}

static void *const methods[] = {twin_query_interface, twin_add_ref, twin_release, pull, push};
static void *const async_methods[] = {twin_call_query_interface,
                                      twin_call_add_ref,
                                      twin_call_release,
                                      begin_pull,
                                      finish_pull,
                                      begin_push,
                                      finish_push};

static struct twin_object *create(const struct twin_interfaces *interfaces, size_t element_size,
                                  enum twin_manner manner)
{
  struct pipe *pipe = calloc(1, sizeof(*pipe));

  CHECK(pipe);
  twin_object_init(&pipe->twin, interfaces, manner);
  pipe->element_size = element_size;
  return &pipe->twin;
}

/* ---- clients ---- */

/* A buffer for so many elements, and one more that nobody may write to. */
static BYTE *new_buffer(size_t element_size, ULONG count)
{
  BYTE *buffer = malloc((count + 1) * element_size);

  CHECK(buffer);
  memset(buffer, 0xee, (count + 1) * element_size);
  return buffer;
}

static void check_buffer(BYTE *buffer, size_t element_size, ULONG count, ULONG returned)
{
  CHECK_EQ(returned, min(count, SHORT_PULL));
  check_ink(buffer, returned * element_size);
  for (size_t i = 0; i < element_size; i++)
    CHECK_EQ(buffer[count * element_size + i], 0xee);
  free(buffer);
}

static const ULONG pulls[] = {0, 1, SHORT_PULL, MOST};
static const ULONG pushes[] = {0, 1, 17, MOST};
#define CALLS (2 * (ARRAYSIZE(pulls) + ARRAYSIZE(pushes) + 1))

static void call(IPipeByte *pipe, size_t element_size)
{
  BYTE *ink = new_buffer(element_size, MOST + 1);
  ULONG returned;

  for (size_t i = 0; i < ARRAYSIZE(pulls); i++) {
    BYTE *buffer = new_buffer(element_size, pulls[i]);

    returned = TOO_MANY;
    CHECK_EQ(IPipeByte_Pull(pipe, buffer, pulls[i], &returned), S_OK);
    check_buffer(buffer, element_size, pulls[i], returned);
  }
  CHECK_EQ(IPipeByte_Pull(pipe, ink, MOST + 1, &returned), OUT_OF_INK);
  CHECK_EQ(returned, 0);
  write_ink(ink, MOST * element_size);
  for (size_t i = 0; i < ARRAYSIZE(pushes); i++)
    CHECK_EQ(IPipeByte_Push(pipe, ink, pushes[i]), pushes[i] == MOST ? S_FALSE : S_OK);
  free(ink);
}

static void pull_asynchronously(AsyncIPipeByte *call, size_t element_size, ULONG count)
{
  BYTE *buffer = new_buffer(element_size, count);
  ULONG returned = TOO_MANY;

  CHECK_EQ(AsyncIPipeByte_Begin_Pull(call, count), S_OK);
  CHECK_EQ(AsyncIPipeByte_Begin_Pull(call, count), RPC_S_CALLPENDING);
  CHECK_EQ(AsyncIPipeByte_Finish_Pull(call, buffer, &returned), S_OK);
  check_buffer(buffer, element_size, count, returned);
}

/* What Begin_Push has been given is the caller's again when it returns. */
static void push_asynchronously(AsyncIPipeByte *call, size_t element_size, ULONG count)
{
  BYTE *ink = malloc(MOST * element_size);

  CHECK(ink);
  write_ink(ink, count * element_size);
  CHECK_EQ(AsyncIPipeByte_Begin_Push(call, ink, count), S_OK);
  memset(ink, 0xee, MOST * element_size);
  CHECK_EQ(AsyncIPipeByte_Finish_Push(call), count == MOST ? S_FALSE : S_OK);
  free(ink);
}

static void call_asynchronously(AsyncIPipeByte *call, size_t element_size)
{
  BYTE *buffer = new_buffer(element_size, MOST + 1);
  ULONG returned = TOO_MANY;

  for (size_t i = 0; i < ARRAYSIZE(pulls); i++)
    pull_asynchronously(call, element_size, pulls[i]);
  CHECK_EQ(AsyncIPipeByte_Begin_Pull(call, MOST + 1), S_OK);
  CHECK_EQ(AsyncIPipeByte_Finish_Pull(call, buffer, &returned), OUT_OF_INK);
  CHECK_EQ(returned, 0);
  free(buffer);
  for (size_t i = 0; i < ARRAYSIZE(pushes); i++)
    push_asynchronously(call, element_size, pushes[i]);
  CHECK_EQ(AsyncIPipeByte_Finish_Push(call), RPC_E_CALL_COMPLETE);
  CHECK_EQ(AsyncIPipeByte_Release(call), 0);
}

/* ---- the three ---- */

#define PIPE(name, type)                                                                       \
  static const struct twin_interfaces name##_interfaces = {                                    \
      .iid = &IID_IPipe##type,                                                                 \
      .async_iid = &IID_AsyncIPipe##type,                                                      \
      .methods = methods,                                                                      \
      .async_methods = async_methods,                                                          \
  };                                                                                           \
  static struct twin_object *name##_create(enum twin_manner manner)                            \
  {                                                                                            \
    return create(&name##_interfaces, sizeof(name##_element), manner);                         \
  }                                                                                            \
  static void name##_call(void *proxy)                                                         \
  {                                                                                            \
    call(proxy, sizeof(name##_element));                                                       \
  }                                                                                            \
  static void name##_call_asynchronously(void *proxy)                                          \
  {                                                                                            \
    call_asynchronously(twin_new_call(proxy, &IID_AsyncIPipe##type), sizeof(name##_element));  \
  }

typedef BYTE bytes_element;
typedef LONG longs_element;
typedef DOUBLE doubles_element;
PIPE(bytes, Byte)
PIPE(longs, Long)
PIPE(doubles, Double)

const struct twin_kind twin_kinds[] = {
    {&IID_IPipeByte, bytes_create, bytes_call, bytes_call_asynchronously, CALLS},
    {&IID_IPipeLong, longs_create, longs_call, longs_call_asynchronously, CALLS},
    {&IID_IPipeDouble, doubles_create, doubles_call, doubles_call_asynchronously, CALLS},
    {0},
};

IN_MTA(pipes_go_from_an_sta_into_the_mta)
{
  twin_places_call_from(STA);
}

IN_STA(pipes_go_from_the_mta_into_an_sta)
{
  twin_places_call_from(MTA);
}

IN_STA(pipes_go_from_sta_to_sta)
{
  twin_places_call_from(STA);
}

IN_MTA(pipes_go_from_the_mta_to_the_mta_of_another_process)
{
  twin_places_call_process(MTA);
}

IN_STA(pipes_go_from_an_sta_to_an_sta_of_another_process)
{
  twin_places_call_process(STA);
}
