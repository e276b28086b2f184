#include "winsock.h"

#include "foreign_function.h"

struct winsock winsock;

static bool find(struct winsock *found)
{
  HMODULE module = foreign_dll_load("ws2_32.dll");
  bool complete = module;

#define FIND(name) complete &= foreign_function_find(module, #name, &found->name);
  WINSOCK_FUNCTIONS(FIND)
#undef FIND
  return complete;
}

bool winsock_load(void)
{
  static bool loaded;
  struct winsock found;
  WSADATA data;

  if (__atomic_load_n(&loaded, __ATOMIC_ACQUIRE))
    return true;
  if (!find(&found) || found.WSAStartup(MAKEWORD(2, 2), &data))
    return false;
  winsock = found;
  __atomic_store_n(&loaded, true, __ATOMIC_RELEASE);
  return true;
}
