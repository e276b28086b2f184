/*
 * The terms in which COM speaks of remote objects (MS-DCOM 2.2.18, 3.1.1.5.6): an object
 * exporter (OXID) is an apartment that others can call, an interface of an object in it has an
 * IPID, and IRemUnknown is the exporter's interface for their references. No state.
 */
#ifndef ASYNCSHIM_OLE32_OBJECT_EXPORTER_H
#define ASYNCSHIM_OLE32_OBJECT_EXPORTER_H

#include <stdint.h>
#include <windows.h>
#include <objbase.h>

static const IID IID_REMOTE_UNKNOWN = {
    0x00000131, 0x0000, 0x0000, {0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46}};

/* Methods of IRemUnknown. */
enum {
  REMOTE_QUERY_INTERFACE = 3,
  REMOTE_ADD_REFERENCES = 4,
  REMOTE_RELEASE_REFERENCES = 5,
};

/* How many references a client asks for with an interface (MS-DCOM 3.2.4.4.1). */
#define REFERENCES_WANTED 5u

/* STDOBJREF; nothing in it is padded. */
struct standard_reference {
  uint32_t flags;
  uint32_t public_references;
  uint64_t oxid;
  uint64_t oid;
  GUID ipid;
};

/* REMQIRESULT */
struct query_result {
  HRESULT result;
  struct standard_reference reference;
};

/* REMINTERFACEREF */
struct interface_reference {
  GUID ipid;
  uint32_t public_references;
  uint32_t private_references;
};

_Static_assert(sizeof(struct standard_reference) == 40, "STDOBJREF");
_Static_assert(sizeof(struct query_result) == 48, "REMQIRESULT");
_Static_assert(sizeof(struct interface_reference) == 24, "REMINTERFACEREF");

#endif
