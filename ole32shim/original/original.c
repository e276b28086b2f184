#include "original.h"

#include "foreign_function.h"

/* The combase that Wine's ole32 has imported: it is there, so nothing is loaded. */
static HMODULE wines_combase(void)
{
  HMODULE module = GetModuleHandleW(L"combase_wine.dll");

  return module ? module : GetModuleHandleW(L"combase.dll");
}

/* A function that finds `name` there, or NULL. Threads that come at the same time find the
 * same. */
#define FINDER(find, name)                                                                     \
  static __typeof__(&name) find(void)                                                          \
  {                                                                                            \
    static __typeof__(&name) volatile known;                                                   \
    __typeof__(&name) found = known;                                                           \
                                                                                               \
    if (!found && foreign_function_find(wines_combase(), #name, &found))                       \
      known = found;                                                                           \
    return found;                                                                              \
  }

FINDER(find_get_class, CoGetClassObject)
FINDER(find_register, CoRegisterMessageFilter)
FINDER(find_wait, CoWaitForMultipleHandles)

HRESULT original_wait(DWORD flags, DWORD milliseconds, ULONG count, HANDLE *handles,
                      DWORD *index)
{
  __typeof__(&CoWaitForMultipleHandles) wait = find_wait();

  return wait ? wait(flags, milliseconds, count, handles, index) : E_UNEXPECTED;
}

HRESULT original_get_class_object(REFCLSID class_id, DWORD context, void *server, REFIID iid,
                                  void **object)
{
  __typeof__(&CoGetClassObject) get = find_get_class();

  return get ? get(class_id, context, server, iid, object) : E_UNEXPECTED;
}

HRESULT original_register_message_filter(IMessageFilter *filter, IMessageFilter **former)
{
  __typeof__(&CoRegisterMessageFilter) register_filter = find_register();

  return register_filter ? register_filter(filter, former) : E_UNEXPECTED;
}
