#include "process.h"

#define TRIES 3

DWORD process_create(const char *path, char *command, PROCESS_INFORMATION *process)
{
  STARTUPINFOA startup = {.cb = sizeof(startup)};
  DWORD error = ERROR_INTERNAL_ERROR;
  for (int i = 0; i < TRIES && error == ERROR_INTERNAL_ERROR; i++)
    error = CreateProcessA(path, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, process)
                ? 0
                : GetLastError();
  return error;
}
