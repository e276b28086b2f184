/*
 * Starting the service RpcSs, which has Wine's endpoint mapper.
 *
 * advapi32 is loaded only here: it, too, uses the RPC runtime, which must not need it to be
 * loaded.
 */
#include "endpoint_mapper.h"

#include <winsvc.h>

#define START_TIMEOUT_MS 30000 /* as long as Windows gives a service */
#define POLL_MS          20

struct service_functions {
  __typeof__(&OpenSCManagerW) open_manager;
  __typeof__(&OpenServiceW) open_service;
  __typeof__(&StartServiceW) start;
  __typeof__(&QueryServiceStatusEx) query;
  __typeof__(&CloseServiceHandle) close;
};

static bool load_functions(HMODULE module, struct service_functions *functions)
{
  functions->open_manager = (void *)GetProcAddress(module, "OpenSCManagerW");
  functions->open_service = (void *)GetProcAddress(module, "OpenServiceW");
  functions->start = (void *)GetProcAddress(module, "StartServiceW");
  functions->query = (void *)GetProcAddress(module, "QueryServiceStatusEx");
  functions->close = (void *)GetProcAddress(module, "CloseServiceHandle");
  return functions->open_manager && functions->open_service && functions->start &&
         functions->query && functions->close;
}

/* The service manager has nothing to wait on: it is asked again and again. */
static bool wait_until_running(const struct service_functions *functions, SC_HANDLE service)
{
  ULONGLONG start = GetTickCount64();
  SERVICE_STATUS_PROCESS status;
  DWORD needed;

  while (functions->query(service, SC_STATUS_PROCESS_INFO, (BYTE *)&status, sizeof(status),
                          &needed)) {
    if (status.dwCurrentState == SERVICE_RUNNING)
      return true;
    if (status.dwCurrentState != SERVICE_START_PENDING ||
        GetTickCount64() - start > START_TIMEOUT_MS)
      return false;
    Sleep(POLL_MS);
  }
  return false;
}

static bool start_service(const struct service_functions *functions)
{
  SC_HANDLE manager, service = NULL;
  bool running = false;

  manager = functions->open_manager(NULL, NULL, SC_MANAGER_CONNECT);
  if (manager)
    service = functions->open_service(manager, L"RpcSs", SERVICE_START | SERVICE_QUERY_STATUS);
  if (service &&
      (functions->start(service, 0, NULL) || GetLastError() == ERROR_SERVICE_ALREADY_RUNNING))
    running = wait_until_running(functions, service);
  if (service)
    functions->close(service);
  if (manager)
    functions->close(manager);
  return running;
}

bool endpoint_mapper_service_start(void)
{
  HMODULE module = LoadLibraryW(L"advapi32.dll");
  struct service_functions functions;
  bool running;

  if (!module)
    return false;
  running = load_functions(module, &functions) && start_service(&functions);
  FreeLibrary(module);
  return running;
}
