#include "security_descriptor.h"

#include <stdbool.h>
#include <stdlib.h>

#include "../seh/guard.h"

static bool is_valid_sid(PSID sid)
{
  return !sid || IsValidSid(sid);
}

static bool is_valid_acl(PACL acl)
{
  return !acl || IsValidAcl(acl);
}

/* Wine's IsValidSecurityDescriptor() looks at the revision only. */
static bool is_valid(SECURITY_DESCRIPTOR *security)
{
  PSID owner, group;
  PACL dacl = NULL, sacl = NULL;
  BOOL present, defaulted;

  return IsValidSecurityDescriptor(security) &&
         GetSecurityDescriptorOwner(security, &owner, &defaulted) && is_valid_sid(owner) &&
         GetSecurityDescriptorGroup(security, &group, &defaulted) && is_valid_sid(group) &&
         GetSecurityDescriptorDacl(security, &present, &dacl, &defaulted) &&
         (!present || is_valid_acl(dacl)) &&
         GetSecurityDescriptorSacl(security, &present, &sacl, &defaulted) &&
         (!present || is_valid_acl(sacl));
}

struct copying {
  SECURITY_DESCRIPTOR *given;
  SECURITY_DESCRIPTOR *copy; /* malloc'ed */
  RPC_STATUS status;
};

/* MakeSelfRelativeSD() refuses what is self-relative already. */
static bool fill_in(const struct copying *copying, DWORD size, bool self_relative)
{
  if (!self_relative)
    return MakeSelfRelativeSD(copying->given, copying->copy, &size);
  memcpy(copying->copy, copying->given, size);
  return true;
}

static void copy_body(void *context)
{
  struct copying *copying = context;
  SECURITY_DESCRIPTOR_CONTROL control;
  DWORD revision, size;

  copying->status = RPC_S_INVALID_SECURITY_DESC;
  if (!is_valid(copying->given) ||
      !GetSecurityDescriptorControl(copying->given, &control, &revision))
    return;
  size = GetSecurityDescriptorLength(copying->given);
  copying->copy = malloc(size);
  if (!copying->copy)
    copying->status = RPC_S_OUT_OF_MEMORY;
  else if (fill_in(copying, size, control & SE_SELF_RELATIVE))
    copying->status = RPC_S_OK;
}

RPC_STATUS security_descriptor_copy(SECURITY_DESCRIPTOR *given, SECURITY_DESCRIPTOR **copy)
{
  struct copying copying = {given, NULL, RPC_S_OK};
  DWORD code;

  *copy = NULL;
  if (!given)
    return RPC_S_OK;
  if (!guarded_call(copy_body, NULL, &copying, &code))
    copying.status = RPC_S_INVALID_SECURITY_DESC;
  if (copying.status == RPC_S_OK)
    *copy = copying.copy;
  else
    free(copying.copy);
  return copying.status;
}
