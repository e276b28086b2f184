/*
 * An error object (IErrorInfo) as it travels with a reply: by value, in the extension of that
 * id. [MS-DCOM, 2.2.21.1 to 2.2.21.3]
 *
 * Portable C. What is read is checked to the last byte and then pointed into: nothing is
 * allocated. Pure functions; any thread.
 */
#ifndef ASYNCSHIM_WIRE_ERROR_INFO_H
#define ASYNCSHIM_WIRE_ERROR_INFO_H

#include "pdu.h"

/* {0000031C-0000-0000-C000-000000000046}, CLSID_ERROR_EXTENSION */
extern const struct wire_uuid error_extension_id;

/* Characters of one text, without the NUL. Whoever sends one cuts a longer one off; one that
 * comes is malformed. */
#define ERROR_TEXT_LIMIT 32767u

struct error_text {
  const uint8_t *utf16; /* little-endian; NULL: there is none */
  uint32_t length;      /* characters, without the NUL */
};

struct error_info {
  struct wire_uuid iid; /* of the interface that has failed */
  uint32_t help_context;
  struct error_text source, description, help_file;
};

/* Texts up to the limit; no NUL is needed behind them. */
size_t error_info_size(const struct error_info *error);
/* That many bytes. */
void error_info_write(const struct error_info *error, uint8_t *data);

/*
 * The texts lead into `data`, at multiples of 2 from its beginning, and end there with a NUL.
 * false: malformed, or a reference to an object that stays where it is.
 */
bool error_info_read(struct error_info *error, const uint8_t *data, size_t length);

#endif
