/*
 * The text of string bindings, taken apart and put together:
 *
 *   ObjectUUID@ProtocolSequence:NetworkAddress[Endpoint,Option=Value,…]
 *
 * The endpoint may be written endpoint=Endpoint. A backslash takes the meaning from the
 * character behind it. Nothing here knows what the parts mean.
 */
#ifndef ASYNCSHIM_BINDING_STRING_BINDING_PARTS_H
#define ASYNCSHIM_BINDING_STRING_BINDING_PARTS_H

#include <windows.h>
#include <rpc.h>

/* Without escapes, but for the options. L"" for what is not there, after splitting; NULL does
 * for that, too, when joining. */
struct string_binding_parts {
  WCHAR *object;
  WCHAR *protocol;
  WCHAR *network_address;
  WCHAR *endpoint;
  WCHAR *options; /* separated by commas */
};

/* The parts are malloc'ed, for string_binding_parts_free(). RPC_S_OK; with no parts:
 * RPC_S_INVALID_STRING_BINDING, RPC_S_OUT_OF_MEMORY. */
RPC_STATUS string_binding_split(const WCHAR *string, struct string_binding_parts *parts);
void string_binding_parts_free(struct string_binding_parts *parts);

/* malloc'ed; NULL: out of memory. */
WCHAR *string_binding_join(const struct string_binding_parts *parts);

#endif
