#include "access_descriptor.h"

#include <stdlib.h>

#include "../transport/security_descriptor.h"

#define RIGHT_TO_CALL 1u

static GENERIC_MAPPING mapping = {RIGHT_TO_CALL, RIGHT_TO_CALL, RIGHT_TO_CALL,
                                  STANDARD_RIGHTS_REQUIRED | RIGHT_TO_CALL};

/* ---- copies ---- */

/* The user of this process, malloc'ed; NULL: it cannot be had. */
static SID *own_user(void)
{
  BYTE buffer[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
  TOKEN_USER *user = (TOKEN_USER *)buffer;
  SID *sid = NULL;
  HANDLE token;
  DWORD size;

  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
    return NULL;
  if (GetTokenInformation(token, TokenUser, buffer, sizeof(buffer), &size)) {
    size = GetLengthSid(user->User.Sid);
    sid = malloc(size);
    if (sid)
      CopySid(size, sid, user->User.Sid);
  }
  CloseHandle(token);
  return sid;
}

/* An absolute one that points into `descriptor`, and to `substitute`. */
static bool complete(SECURITY_DESCRIPTOR *descriptor, SID *substitute,
                     SECURITY_DESCRIPTOR *absolute)
{
  BOOL present, defaulted;
  PSID owner, group;
  ACL *list;

  return GetSecurityDescriptorOwner(descriptor, &owner, &defaulted) &&
         GetSecurityDescriptorGroup(descriptor, &group, &defaulted) &&
         GetSecurityDescriptorDacl(descriptor, &present, &list, &defaulted) &&
         InitializeSecurityDescriptor(absolute, SECURITY_DESCRIPTOR_REVISION) &&
         SetSecurityDescriptorOwner(absolute, owner ? owner : substitute, FALSE) &&
         SetSecurityDescriptorGroup(absolute, group ? group : substitute, FALSE) &&
         SetSecurityDescriptorDacl(absolute, present, present ? list : NULL, FALSE);
}

/* malloc'ed; NULL: out of memory. */
static SECURITY_DESCRIPTOR *self_relative(SECURITY_DESCRIPTOR *absolute)
{
  DWORD size = GetSecurityDescriptorLength(absolute);
  SECURITY_DESCRIPTOR *copy = malloc(size);

  if (copy && !MakeSelfRelativeSD(absolute, copy, &size)) {
    free(copy);
    copy = NULL;
  }
  return copy;
}

RPC_STATUS access_descriptor_copy(SECURITY_DESCRIPTOR *descriptor, SECURITY_DESCRIPTOR **copy)
{
  SECURITY_DESCRIPTOR absolute, *given;
  RPC_STATUS status = security_descriptor_copy(descriptor, &given);
  SID *substitute;

  *copy = NULL;
  if (status != RPC_S_OK)
    return status;
  substitute = own_user();
  if (substitute && complete(given, substitute, &absolute))
    *copy = self_relative(&absolute);
  free(substitute);
  free(given);
  return *copy ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
}

/* ---- checks ---- */

static bool admits_token(SECURITY_DESCRIPTOR *descriptor, HANDLE token)
{
  PRIVILEGE_SET privileges;
  DWORD size = sizeof(privileges), granted;
  BOOL admitted;

  return AccessCheck(descriptor, token, RIGHT_TO_CALL, &mapping, &privileges, &size, &granted,
                     &admitted) &&
         admitted;
}

static bool is_anonymous(SID *sid)
{
  return IsWellKnownSid(sid, WinAnonymousSid);
}

/*
 * As an access check of an anonymous token: the first entry for it decides. Windows counts
 * Anonymous among Everyone no more.
 */
static bool list_admits_anonymous(ACL *list)
{
  for (DWORD i = 0; i < list->AceCount; i++) {
    ACCESS_ALLOWED_ACE *entry;
    DWORD rights;

    if (!GetAce(list, i, (void **)&entry))
      return false;
    if (entry->Header.AceFlags & INHERIT_ONLY_ACE ||
        (entry->Header.AceType != ACCESS_ALLOWED_ACE_TYPE &&
         entry->Header.AceType != ACCESS_DENIED_ACE_TYPE) ||
        !is_anonymous((SID *)&entry->SidStart))
      continue;
    rights = entry->Mask;
    MapGenericMask(&rights, &mapping);
    if (rights & RIGHT_TO_CALL)
      return entry->Header.AceType == ACCESS_ALLOWED_ACE_TYPE;
  }
  return false;
}

static bool admits_anonymous(SECURITY_DESCRIPTOR *descriptor)
{
  BOOL present, defaulted;
  ACL *list;

  if (!GetSecurityDescriptorDacl(descriptor, &present, &list, &defaulted))
    return false;
  return !present || !list || list_admits_anonymous(list);
}

bool access_descriptor_admits(SECURITY_DESCRIPTOR *descriptor, const struct identity *identity)
{
  return identity ? admits_token(descriptor, identity->token) : admits_anonymous(descriptor);
}
