/*
 * The exported functions on the endpoint map. Any thread; all but RpcMgmtEpEltInqBegin block
 * for calls to the mapper.
 */
#include <stdlib.h>

#include "endpoint_inquiry.h"
#include "endpoint_mapper.h"
#include "text.h"

/* Statuses of these six: endpoint_mapper_register(). */
RPC_STATUS RPC_ENTRY RpcEpRegisterA(RPC_IF_HANDLE IfSpec, RPC_BINDING_VECTOR *BindingVector,
                                    UUID_VECTOR *UuidVector, RPC_CSTR Annotation)
{
  return endpoint_mapper_register(IfSpec, BindingVector, UuidVector, (const char *)Annotation,
                                  true);
}

RPC_STATUS RPC_ENTRY RpcEpRegisterNoReplaceA(RPC_IF_HANDLE IfSpec,
                                             RPC_BINDING_VECTOR *BindingVector,
                                             UUID_VECTOR *UuidVector, RPC_CSTR Annotation)
{
  return endpoint_mapper_register(IfSpec, BindingVector, UuidVector, (const char *)Annotation,
                                  false);
}

static RPC_STATUS register_wide(RPC_IF_HANDLE interface_spec, RPC_BINDING_VECTOR *bindings,
                                UUID_VECTOR *objects, RPC_WSTR annotation, bool replace)
{
  char *text = text_to_ansi((const WCHAR *)annotation);
  RPC_STATUS status = RPC_S_OUT_OF_MEMORY;

  if (text || !annotation)
    status = endpoint_mapper_register(interface_spec, bindings, objects, text, replace);
  free(text);
  return status;
}

RPC_STATUS RPC_ENTRY RpcEpRegisterW(RPC_IF_HANDLE IfSpec, RPC_BINDING_VECTOR *BindingVector,
                                    UUID_VECTOR *UuidVector, RPC_WSTR Annotation)
{
  return register_wide(IfSpec, BindingVector, UuidVector, Annotation, true);
}

RPC_STATUS RPC_ENTRY RpcEpRegisterNoReplaceW(RPC_IF_HANDLE IfSpec,
                                             RPC_BINDING_VECTOR *BindingVector,
                                             UUID_VECTOR *UuidVector, RPC_WSTR Annotation)
{
  return register_wide(IfSpec, BindingVector, UuidVector, Annotation, false);
}

RPC_STATUS RPC_ENTRY RpcEpUnregister(RPC_IF_HANDLE IfSpec, RPC_BINDING_VECTOR *BindingVector,
                                     UUID_VECTOR *UuidVector)
{
  return endpoint_mapper_unregister(IfSpec, BindingVector, UuidVector);
}

/* Statuses: binding_resolve(), and RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING. */
RPC_STATUS RPC_ENTRY RpcEpResolveBinding(RPC_BINDING_HANDLE Binding, RPC_IF_HANDLE IfSpec)
{
  struct binding *binding;
  RPC_STATUS status;

  binding = binding_from_handle_of_kind(Binding, BINDING_CLIENT, &status);
  if (!binding)
    return status;
  status = binding_resolve(binding, IfSpec);
  binding_release(binding);
  return status;
}

/*
 * EpBinding NULL: this machine's map; else the endpoint in it is ignored. Statuses:
 * endpoint_inquiry_create(), and RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING.
 */
RPC_STATUS RPC_ENTRY RpcMgmtEpEltInqBegin(RPC_BINDING_HANDLE EpBinding, ULONG InquiryType,
                                          RPC_IF_ID *IfId, ULONG VersOption, UUID *ObjectUuid,
                                          RPC_EP_INQ_HANDLE *InquiryContext)
{
  struct endpoint_inquiry *inquiry;
  struct binding *host = NULL;
  RPC_STATUS status;

  if (!InquiryContext)
    return RPC_S_INVALID_ARG;
  if (EpBinding) {
    host = binding_from_handle_of_kind(EpBinding, BINDING_CLIENT, &status);
    if (!host)
      return status;
  }
  status = endpoint_inquiry_create(host, InquiryType, IfId, VersOption, ObjectUuid, &inquiry);
  if (status == RPC_S_OK)
    *InquiryContext = (RPC_EP_INQ_HANDLE)inquiry;
  if (host)
    binding_release(host);
  return status;
}

/* RPC_S_OK, RPC_S_INVALID_ARG: no live inquiry. */
RPC_STATUS RPC_ENTRY RpcMgmtEpEltInqDone(RPC_EP_INQ_HANDLE *InquiryContext)
{
  struct endpoint_inquiry *inquiry;
  bool retired;

  inquiry = InquiryContext ? endpoint_inquiry_from_handle(*InquiryContext) : NULL;
  if (!inquiry)
    return RPC_S_INVALID_ARG;
  retired = endpoint_inquiry_retire(inquiry);
  if (retired) {
    *InquiryContext = NULL;
    endpoint_inquiry_release(inquiry); /* the application's reference */
  }
  endpoint_inquiry_release(inquiry);
  return retired ? RPC_S_OK : RPC_S_INVALID_ARG;
}

/* The parts of an entry that both forms of RpcMgmtEpEltInqNext have in common. */
static RPC_STATUS inquiry_next(RPC_EP_INQ_HANDLE handle, RPC_IF_ID *interface_id,
                               RPC_BINDING_HANDLE *binding, UUID *object,
                               struct endpoint_inquiry_entry *entry)
{
  struct endpoint_inquiry *inquiry = endpoint_inquiry_from_handle(handle);
  RPC_STATUS status;

  if (!inquiry)
    return RPC_S_INVALID_ARG;
  status = endpoint_inquiry_next(inquiry, binding != NULL, entry);
  endpoint_inquiry_release(inquiry);
  if (status != RPC_S_OK)
    return status;
  if (interface_id)
    *interface_id = entry->interface_id;
  if (binding)
    *binding = binding_handle(entry->binding);
  if (object)
    *object = entry->object;
  return RPC_S_OK;
}

/* An entry that could not be handed out whole leaves nothing behind. */
static RPC_STATUS inquiry_no_memory(RPC_BINDING_HANDLE *binding)
{
  if (binding)
    RpcBindingFree(binding);
  return RPC_S_OUT_OF_MEMORY;
}

/* Statuses: endpoint_inquiry_next(), and RPC_S_INVALID_ARG: no live inquiry. */
RPC_STATUS RPC_ENTRY RpcMgmtEpEltInqNextW(RPC_EP_INQ_HANDLE InquiryContext, RPC_IF_ID *IfId,
                                          RPC_BINDING_HANDLE *Binding, UUID *ObjectUuid,
                                          RPC_WSTR *Annotation)
{
  struct endpoint_inquiry_entry entry;
  RPC_STATUS status;
  WCHAR *text;

  status = inquiry_next(InquiryContext, IfId, Binding, ObjectUuid, &entry);
  if (status != RPC_S_OK || !Annotation)
    return status;
  text = text_from_ansi(entry.annotation);
  *Annotation = (RPC_WSTR)text_for_application(text);
  free(text);
  return *Annotation ? RPC_S_OK : inquiry_no_memory(Binding);
}

RPC_STATUS RPC_ENTRY RpcMgmtEpEltInqNextA(RPC_EP_INQ_HANDLE InquiryContext, RPC_IF_ID *IfId,
                                          RPC_BINDING_HANDLE *Binding, UUID *ObjectUuid,
                                          RPC_CSTR *Annotation)
{
  struct endpoint_inquiry_entry entry;
  RPC_STATUS status;
  WCHAR *text;

  status = inquiry_next(InquiryContext, IfId, Binding, ObjectUuid, &entry);
  if (status != RPC_S_OK || !Annotation)
    return status;
  text = text_from_ansi(entry.annotation);
  *Annotation = (RPC_CSTR)text_for_application_ansi(text);
  free(text);
  return *Annotation ? RPC_S_OK : inquiry_no_memory(Binding);
}

/* Windows has not had it since Windows NT: Microsoft's page on RpcMgmtEpUnregister. */
RPC_STATUS RPC_ENTRY RpcMgmtEpUnregister(RPC_BINDING_HANDLE EpBinding, RPC_IF_ID *IfId,
                                         RPC_BINDING_HANDLE Binding, UUID *ObjectUuid)
{
  (void)EpBinding, (void)IfId, (void)Binding, (void)ObjectUuid;
  return EPT_S_CANT_PERFORM_OP;
}
