#include "winsock.h"

struct winsock winsock;

static BOOL CALLBACK load_once(INIT_ONCE *once, void *parameter, void **context)
{
  HMODULE module = LoadLibraryW(L"ws2_32.dll");
  WSADATA data;

  (void)once;
  (void)parameter;
  (void)context;
  if (!module)
    return FALSE;
#define WINSOCK_RESOLVE(name)                                                                  \
  winsock.name = (__typeof__(winsock.name))(void *)GetProcAddress(module, #name);              \
  if (!winsock.name)                                                                           \
    return FALSE;
  WINSOCK_FUNCTIONS(WINSOCK_RESOLVE)
#undef WINSOCK_RESOLVE
  return winsock.WSAStartup(MAKEWORD(2, 2), &data) == 0;
}

bool winsock_load(void)
{
  static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

  return InitOnceExecuteOnce(&once, load_once, NULL, NULL);
}
