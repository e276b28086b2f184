/*
 * The headers that precede the NDR data of COM calls (MS-DCOM 2.2.13): ORPCTHIS of a request,
 * ORPCTHAT of a reply. Replies come from other processes: nothing in them is believed
 * unchecked. No state, no lock.
 */
#ifndef ASYNCSHIM_OLE32_ORPC_HEADER_H
#define ASYNCSHIM_OLE32_ORPC_HEADER_H

#include <windows.h>
#include <objbase.h>

/* Multiple of 8: what follows is aligned as NDR wants it. */
#define ORPC_THIS_SIZE 32u
/* What the header says, and combase takes: 5.1. */
#define ORPC_MAJOR_VERSION 5u
#define ORPC_MINOR_VERSION 1u

/* Writes a header without extensions. */
void orpc_this_write(void *buffer, const GUID *causality);
/* S_OK: the data begins at *offset; RPC_E_INVALID_HEADER. Extensions are passed over. */
HRESULT orpc_header_read(const void *buffer, size_t length, size_t *offset);
/* The calling thread's error object becomes the one of such a header, or none: no header
 * (NULL), none in it, or one that is malformed. */
void orpc_header_take_error(const void *buffer, size_t length);

#endif
