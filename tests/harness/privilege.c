#include "privilege.h"

#include "harness.h"

static LUID privilege_id(void)
{
  LUID id;

  CHECK(LookupPrivilegeValueW(NULL, L"SeBackupPrivilege", &id));
  return id;
}

/* Closes the token. */
static bool has_privilege(HANDLE token)
{
  union {
    TOKEN_PRIVILEGES privileges;
    BYTE room[4096];
  } found;
  LUID id = privilege_id();
  bool has = false;
  DWORD size;

  CHECK(GetTokenInformation(token, TokenPrivileges, &found, sizeof(found), &size));
  for (DWORD i = 0; i < found.privileges.PrivilegeCount; i++)
    has |= !memcmp(&found.privileges.Privileges[i].Luid, &id, sizeof(id));
  CloseHandle(token);
  return has;
}

bool privilege_of_process(void)
{
  HANDLE token;

  CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token));
  return has_privilege(token);
}

bool privilege_of_thread(void)
{
  HANDLE token;

  CHECK(OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token));
  return has_privilege(token);
}

void privilege_give_away(void)
{
  TOKEN_PRIVILEGES privileges = {1, {{privilege_id(), SE_PRIVILEGE_REMOVED}}};
  HANDLE token;

  CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES, &token));
  CHECK(AdjustTokenPrivileges(token, FALSE, &privileges, 0, NULL, NULL));
  CloseHandle(token);
  CHECK(!privilege_of_process());
}

bool thread_has_token(void)
{
  HANDLE token;

  if (!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token)) {
    CHECK_EQ(GetLastError(), ERROR_NO_TOKEN);
    return false;
  }
  CloseHandle(token);
  return true;
}
