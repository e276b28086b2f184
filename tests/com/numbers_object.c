#include "numbers_object.h"

#include <stdlib.h>

static HRESULT query(struct numbers_object *object, REFIID iid, void **found)
{
  *found = NULL;
  if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_INumbers))
    *found = &object->numbers;
  else if (IsEqualIID(iid, &IID_IBefore))
    *found = &object->before;
  else if (IsEqualIID(iid, &IID_IPlain))
    *found = &object->plain;
  else
    return E_NOINTERFACE;
  InterlockedIncrement(&object->references);
  return S_OK;
}

static struct numbers_object *called(struct numbers_object *object)
{
  object->thread = GetCurrentThreadId();
  return object;
}

#define UNKNOWN_METHODS(interface, member)                                                     \
  static struct numbers_object *object_of_##member(interface *iface)                           \
  {                                                                                            \
    return CONTAINING_RECORD(iface, struct numbers_object, member);                            \
  }                                                                                            \
  static HRESULT STDMETHODCALLTYPE member##_query_interface(interface *iface, REFIID iid,      \
                                                            void **found)                      \
  {                                                                                            \
    return query(object_of_##member(iface), iid, found);                                       \
  }                                                                                            \
  static ULONG STDMETHODCALLTYPE member##_add_ref(interface *iface)                            \
  {                                                                                            \
    return InterlockedIncrement(&object_of_##member(iface)->references);                       \
  }                                                                                            \
  static ULONG STDMETHODCALLTYPE member##_release(interface *iface)                            \
  {                                                                                            \
    return InterlockedDecrement(&object_of_##member(iface)->references);                       \
  }

UNKNOWN_METHODS(INumbers, numbers)
UNKNOWN_METHODS(IBefore, before)
UNKNOWN_METHODS(IPlain, plain)

static HRESULT STDMETHODCALLTYPE square(INumbers *iface, LONG value, LONG *result)
{
  called(object_of_numbers(iface));
  if (value > LARGEST_NUMBER)
    return NUMBER_TOO_LARGE;
  *result = value * value;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE sum(INumbers *iface, ULONG count, const LONG *values,
                                     hyper *result)
{
  called(object_of_numbers(iface));
  for (ULONG i = 0; i < count; i++)
    *result += values[i];
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE scale(INumbers *iface, float factor, double offset,
                                       NumberPair *pair)
{
  called(object_of_numbers(iface));
  pair->first = (hyper)(pair->first * factor);
  pair->second = pair->second * factor + offset;
  return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE name(INumbers *iface, const WCHAR *text, NumberName *greeting)
{
  static const WCHAR hello[] = L"Hello, ";

  called(object_of_numbers(iface));
  greeting->text = CoTaskMemAlloc(sizeof(hello) + lstrlenW(text) * sizeof(WCHAR));
  if (!greeting->text)
    return E_OUTOFMEMORY;
  lstrcpyW(greeting->text, hello);
  lstrcatW(greeting->text, text);
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE give(INumbers *iface, IUnknown *given, IUnknown **same)
{
  called(object_of_numbers(iface));
  *same = given;
  if (given)
    IUnknown_AddRef(given);
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE nothing(INumbers *iface)
{
  InterlockedIncrement(&called(object_of_numbers(iface))->nothings);
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE next(IBefore *iface, LONG value, LONG *result)
{
  called(object_of_before(iface));
  *result = value + 1;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE twice(IPlain *iface, LONG value, LONG *result)
{
  called(object_of_plain(iface));
  *result = 2 * value;
  return S_OK;
}

void numbers_object_init(struct numbers_object *object)
{
  static INumbersVtbl numbers = {numbers_query_interface,
                                 numbers_add_ref,
                                 numbers_release,
                                 square,
                                 sum,
                                 scale,
                                 name,
                                 give,
                                 nothing};
  static IBeforeVtbl before = {before_query_interface, before_add_ref, before_release, next};
  static IPlainVtbl plain = {plain_query_interface, plain_add_ref, plain_release, twice};

  *object = (struct numbers_object){{&numbers}, {&before}, {&plain}, 1, 0, 0};
}
