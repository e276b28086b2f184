/*
 * The exported functions on the entry name of a client binding: what a name service knows its
 * server by. Wine has no name service, so that only the application gives it one. Any thread.
 */
#include <stdlib.h>

#include "binding.h"
#include "text.h"

static bool is_known_syntax(ULONG syntax)
{
  return syntax == RPC_C_NS_SYNTAX_DEFAULT || syntax == RPC_C_NS_SYNTAX_DCE;
}

/* `name` (malloc'ed, NULL: none) belongs to the binding from now on. */
static RPC_STATUS set_entry_name(RPC_BINDING_HANDLE handle, ULONG syntax, WCHAR *name)
{
  struct binding *binding;
  RPC_STATUS status;
  WCHAR *former;

  binding = binding_from_handle_of_kind(handle, BINDING_CLIENT, &status);
  if (binding && !is_known_syntax(syntax)) {
    binding_release(binding);
    status = RPC_S_UNSUPPORTED_NAME_SYNTAX;
  }
  if (status != RPC_S_OK) {
    free(name);
    return status;
  }
  AcquireSRWLockExclusive(&binding->lock);
  former = binding->entry_name;
  binding->entry_name = name;
  ReleaseSRWLockExclusive(&binding->lock);
  free(former);
  binding_release(binding);
  return RPC_S_OK;
}

/*
 * Gives the binding an entry name; NULL: none. RPC_S_OK, RPC_S_INVALID_BINDING,
 * RPC_S_WRONG_KIND_OF_BINDING, RPC_S_UNSUPPORTED_NAME_SYNTAX, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS RPC_ENTRY I_RpcNsBindingSetEntryNameW(RPC_BINDING_HANDLE Binding,
                                                 ULONG EntryNameSyntax, RPC_WSTR EntryName)
{
  WCHAR *name = EntryName ? wcsdup((const WCHAR *)EntryName) : NULL;

  if (EntryName && !name)
    return RPC_S_OUT_OF_MEMORY;
  return set_entry_name(Binding, EntryNameSyntax, name);
}

RPC_STATUS RPC_ENTRY I_RpcNsBindingSetEntryNameA(RPC_BINDING_HANDLE Binding,
                                                 ULONG EntryNameSyntax, RPC_CSTR EntryName)
{
  WCHAR *name = text_from_ansi((const char *)EntryName);

  if (EntryName && !name)
    return RPC_S_OUT_OF_MEMORY;
  return set_entry_name(Binding, EntryNameSyntax, name);
}

/* Microsoft: RpcNsBindingInqEntryName. RPC_S_OK, RPC_S_NO_ENTRY_NAME, and the statuses above.
 */
RPC_STATUS RPC_ENTRY RpcNsBindingInqEntryNameW(RPC_BINDING_HANDLE Binding,
                                               ULONG EntryNameSyntax, RPC_WSTR *EntryName)
{
  struct binding *binding;
  RPC_STATUS status;

  if (!EntryName)
    return RPC_S_INVALID_ARG;
  binding = binding_from_handle_of_kind(Binding, BINDING_CLIENT, &status);
  if (!binding)
    return status;
  AcquireSRWLockShared(&binding->lock);
  if (!is_known_syntax(EntryNameSyntax))
    status = RPC_S_UNSUPPORTED_NAME_SYNTAX;
  else if (!binding->entry_name)
    status = RPC_S_NO_ENTRY_NAME;
  else if (!(*EntryName = (RPC_WSTR)text_for_application(binding->entry_name)))
    status = RPC_S_OUT_OF_MEMORY;
  ReleaseSRWLockShared(&binding->lock);
  binding_release(binding);
  return status;
}

RPC_STATUS RPC_ENTRY RpcNsBindingInqEntryNameA(RPC_BINDING_HANDLE Binding,
                                               ULONG EntryNameSyntax, RPC_CSTR *EntryName)
{
  RPC_STATUS status;
  RPC_WSTR name;

  if (!EntryName)
    return RPC_S_INVALID_ARG;
  status = RpcNsBindingInqEntryNameW(Binding, EntryNameSyntax, &name);
  return status == RPC_S_OK ? text_hand_over_ansi(name, EntryName) : status;
}
