#include "original.h"

#include "foreign_function.h"

typedef __typeof__(&CoGetClassObject) get_class_function;
typedef __typeof__(&CoRegisterMessageFilter) register_function;
typedef __typeof__(&CoWaitForMultipleHandles) wait_function;

/* The combase that Wine's ole32 has imported: it is there, so nothing is loaded. */
static HMODULE wines_combase(void)
{
  HMODULE module = GetModuleHandleW(L"combase_wine.dll");

  return module ? module : GetModuleHandleW(L"combase.dll");
}

/* Threads that come at the same time find the same. */
static wait_function find_wait(void)
{
  static wait_function volatile known;
  wait_function found = known;

  if (!found && foreign_function_find(wines_combase(), "CoWaitForMultipleHandles", &found))
    known = found;
  return found;
}

HRESULT original_wait(DWORD flags, DWORD milliseconds, ULONG count, HANDLE *handles,
                      DWORD *index)
{
  wait_function wait = find_wait();

  return wait ? wait(flags, milliseconds, count, handles, index) : E_UNEXPECTED;
}

static get_class_function find_get_class(void)
{
  static get_class_function volatile known;
  get_class_function found = known;

  if (!found && foreign_function_find(wines_combase(), "CoGetClassObject", &found))
    known = found;
  return found;
}

HRESULT original_get_class_object(REFCLSID class_id, DWORD context, void *server, REFIID iid,
                                  void **object)
{
  get_class_function get = find_get_class();

  return get ? get(class_id, context, server, iid, object) : E_UNEXPECTED;
}

static register_function find_register(void)
{
  static register_function volatile known;
  register_function found = known;

  if (!found && foreign_function_find(wines_combase(), "CoRegisterMessageFilter", &found))
    known = found;
  return found;
}

HRESULT original_register_message_filter(IMessageFilter *filter, IMessageFilter **former)
{
  register_function register_filter = find_register();

  return register_filter ? register_filter(filter, former) : E_UNEXPECTED;
}
