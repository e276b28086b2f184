/*
 * The headers that precede the NDR data of COM calls, and the extensions in them: MS-DCOM
 * 2.2.13. ORPCTHIS begins a request, ORPCTHAT a reply.
 *
 * Portable C. What is read is checked to the last byte and then pointed into: nothing is
 * allocated. Pure functions; any thread. Little-endian, as combase has them.
 *
 * The extensions lie as combase writes and reads them: one after the other behind the count,
 * without the array of pointers that the IDL puts before them. A peer that is not Wine's writes
 * it, and is told that its header is malformed, which combase takes it for, too.
 */
#ifndef ASYNCSHIM_WIRE_ORPC_H
#define ASYNCSHIM_WIRE_ORPC_H

#include "pdu.h"

/* ORPCTHAT without extensions. */
#define ORPC_THAT_SIZE 8u
/* In one header: combase takes no more. */
#define ORPC_EXTENSION_LIMIT 256u

struct orpc_extension {
  const uint8_t *data; /* NULL: there is none */
  size_t length;
};

/*
 * The header at the beginning of `data`; *size: where the NDR data begins.
 * `found`: the first extension with that id. false: malformed. What the version of ORPCTHIS
 * allows is not looked at.
 */
bool orpc_this_read(const uint8_t *data, size_t length, size_t *size);
bool orpc_that_read(const uint8_t *data, size_t length, const struct wire_uuid *id,
                    size_t *size, struct orpc_extension *found);

/* ORPCTHAT with one extension, or none (a length of 0); a multiple of 8. The length is at most
 * UINT32_MAX / 2. */
size_t orpc_that_size(size_t extension_length);
/* That many bytes. */
void orpc_that_write(uint8_t *data, const struct wire_uuid *id,
                     const struct orpc_extension *extension);

#endif
