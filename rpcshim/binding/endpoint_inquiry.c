#include "endpoint_inquiry.h"

#include <stdlib.h>
#include <string.h>

#include "../engine/engine.h"
#include "endpoint_mapper.h"
#include "epm.h"
#include "handle_set.h"
#include "text.h"

#define BATCH 16u /* entries asked for at once */

struct endpoint_inquiry {
  LONG references;
  struct endpoint_mapper mapper;
  ULONG type;
  ULONG version_option;
  ept_interface_id_t interface_id;
  ept_uuid_t object;

  SRWLOCK lock;
  ept_lookup_handle_t
      position;   /* the mapper's; NULL before the first batch and after the last */
  bool exhausted; /* no further batch */
  ULONG count;    /* of the batch at hand */
  ULONG next;     /* first of it not yet handed out */
  ept_entry_t entries[BATCH];
  ULONG answer;
};

static struct handle_set live_inquiries = HANDLE_SET_INIT;

static void acquire(void *object)
{
  InterlockedIncrement(&((struct endpoint_inquiry *)object)->references);
}

struct endpoint_inquiry *endpoint_inquiry_from_handle(RPC_EP_INQ_HANDLE handle)
{
  return handle_set_acquire(&live_inquiries, handle, acquire) ? (void *)handle : NULL;
}

bool endpoint_inquiry_retire(struct endpoint_inquiry *inquiry)
{
  return handle_set_remove(&live_inquiries, inquiry);
}

static bool needs_interface(ULONG type)
{
  return type == RPC_C_EP_MATCH_BY_IF || type == RPC_C_EP_MATCH_BY_BOTH;
}

static bool needs_object(ULONG type)
{
  return type == RPC_C_EP_MATCH_BY_OBJ || type == RPC_C_EP_MATCH_BY_BOTH;
}

RPC_STATUS endpoint_inquiry_create(struct binding *host, ULONG type,
                                   const RPC_IF_ID *interface_id, ULONG version_option,
                                   const UUID *object, struct endpoint_inquiry **inquiry)
{
  struct endpoint_inquiry *created;
  RPC_STATUS status;

  *inquiry = NULL;
  if (type > RPC_C_EP_MATCH_BY_BOTH)
    return RPC_S_INVALID_ARG;
  if (needs_interface(type) &&
      (version_option < RPC_C_VERS_ALL || version_option > RPC_C_VERS_UPTO))
    return RPC_S_INVALID_VERS_OPTION;
  if ((needs_interface(type) && !interface_id) || (needs_object(type) && !object))
    return RPC_S_INVALID_ARG;

  created = calloc(1, sizeof(*created));
  if (!created)
    return RPC_S_OUT_OF_MEMORY;
  created->references = 1;
  created->type = type;
  created->version_option = needs_interface(type) ? version_option : RPC_C_VERS_ALL;
  InitializeSRWLock(&created->lock);
  if (needs_interface(type)) {
    memcpy(&created->interface_id.uuid, &interface_id->Uuid, sizeof(UUID));
    created->interface_id.major = interface_id->VersMajor;
    created->interface_id.minor = interface_id->VersMinor;
  }
  if (needs_object(type))
    memcpy(&created->object, object, sizeof(*object));
  status = endpoint_mapper_open(&created->mapper, host);
  if (status == RPC_S_OK && !handle_set_insert(&live_inquiries, created)) {
    endpoint_mapper_close(&created->mapper);
    status = RPC_S_OUT_OF_MEMORY;
  }
  if (status != RPC_S_OK) {
    free(created);
    return status;
  }
  *inquiry = created;
  return RPC_S_OK;
}

static void call_free_position(void *context)
{
  struct endpoint_inquiry *inquiry = context;

  ept_lookup_handle_free(binding_handle(inquiry->mapper.binding), &inquiry->position,
                         &inquiry->answer);
}

static void drop_batch(struct endpoint_inquiry *inquiry)
{
  for (ULONG i = 0; i < BATCH; i++)
    engine.I_RpcFree(inquiry->entries[i].tower);
  memset(inquiry->entries, 0, sizeof(inquiry->entries));
  inquiry->count = inquiry->next = 0;
}

void endpoint_inquiry_release(struct endpoint_inquiry *inquiry)
{
  if (InterlockedDecrement(&inquiry->references))
    return;
  if (inquiry->position)
    endpoint_mapper_call(&inquiry->mapper, call_free_position, inquiry);
  drop_batch(inquiry);
  endpoint_mapper_close(&inquiry->mapper);
  free(inquiry);
}

static void call_lookup(void *context)
{
  struct endpoint_inquiry *inquiry = context;

  ept_lookup(binding_handle(inquiry->mapper.binding), inquiry->type,
             needs_object(inquiry->type) ? &inquiry->object : NULL,
             needs_interface(inquiry->type) ? &inquiry->interface_id : NULL,
             inquiry->version_option, &inquiry->position, BATCH, &inquiry->count,
             inquiry->entries, &inquiry->answer);
}

static RPC_STATUS next_batch(struct endpoint_inquiry *inquiry)
{
  RPC_STATUS status;

  drop_batch(inquiry);
  if (inquiry->exhausted)
    return RPC_X_NO_MORE_ENTRIES;
  status = endpoint_mapper_call(&inquiry->mapper, call_lookup, inquiry);
  if (status == RPC_S_OK)
    status = endpoint_mapper_status(inquiry->answer);
  if (status != RPC_S_OK || inquiry->count > BATCH)
    inquiry->count = 0;
  if (status == EPT_S_NOT_REGISTERED || (status == RPC_S_OK && !inquiry->count)) {
    inquiry->exhausted = true;
    return RPC_X_NO_MORE_ENTRIES;
  }
  inquiry->exhausted = !inquiry->position;
  return status;
}

/* The binding that a tower's strings describe. */
static RPC_STATUS binding_of_tower(const char *protocol, const char *endpoint,
                                   const char *address, struct binding **binding)
{
  WCHAR *protocol_name = text_from_ansi(protocol ? protocol : "");
  WCHAR *endpoint_name = text_from_ansi(endpoint ? endpoint : "");
  WCHAR *network_address = text_from_ansi(address ? address : "");
  const struct protocol_sequence *sequence;
  RPC_STATUS status = RPC_S_OUT_OF_MEMORY;

  if (protocol_name && endpoint_name && network_address) {
    sequence = protocol_sequence_find(protocol_name);
    status = sequence ? binding_create_client(sequence, network_address, endpoint_name, NULL,
                                              NULL, binding)
                      : RPC_S_PROTSEQ_NOT_SUPPORTED;
  }
  free(protocol_name);
  free(endpoint_name);
  free(network_address);
  return status;
}

/* RPC_S_OK, RPC_S_OUT_OF_MEMORY, or any other status: an entry to be left out. */
static RPC_STATUS convert_entry(const ept_entry_t *raw, bool want_binding,
                                struct endpoint_inquiry_entry *entry)
{
  char *protocol = NULL, *endpoint = NULL, *address = NULL;
  RPC_SYNTAX_IDENTIFIER interface_id;
  RPC_STATUS status;

  memset(entry, 0, sizeof(*entry));
  if (!raw->tower)
    return EPT_S_INVALID_ENTRY;
  status = engine.TowerExplode(raw->tower, &interface_id, NULL, &protocol, &endpoint, &address);
  if (status == RPC_S_OK) {
    entry->interface_id.Uuid = interface_id.SyntaxGUID;
    entry->interface_id.VersMajor = interface_id.SyntaxVersion.MajorVersion;
    entry->interface_id.VersMinor = interface_id.SyntaxVersion.MinorVersion;
    memcpy(&entry->object, &raw->object, sizeof(entry->object));
    memcpy(entry->annotation, raw->annotation, sizeof(entry->annotation) - 1);
    if (want_binding)
      status = binding_of_tower(protocol, endpoint, address, &entry->binding);
  }
  engine.I_RpcFree(protocol);
  engine.I_RpcFree(endpoint);
  engine.I_RpcFree(address);
  return status;
}

RPC_STATUS endpoint_inquiry_next(struct endpoint_inquiry *inquiry, bool want_binding,
                                 struct endpoint_inquiry_entry *entry)
{
  RPC_STATUS status;

  AcquireSRWLockExclusive(&inquiry->lock);
  do {
    status = inquiry->next < inquiry->count ? RPC_S_OK : next_batch(inquiry);
    if (status != RPC_S_OK)
      break;
    status = convert_entry(&inquiry->entries[inquiry->next++], want_binding, entry);
  } while (status != RPC_S_OK && status != RPC_S_OUT_OF_MEMORY);
  ReleaseSRWLockExclusive(&inquiry->lock);
  return status;
}
