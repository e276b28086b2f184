#include "string_binding_parts.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* ---- taking apart ---- */

/* The first of `delimiters` in [text, end) that is not escaped, or NULL. */
static const WCHAR *find(const WCHAR *text, const WCHAR *end, const WCHAR *delimiters)
{
  for (; text < end; text++) {
    if (*text == L'\\')
      text++;
    else if (wcschr(delimiters, *text))
      return text;
  }
  return NULL;
}

static bool ends_inside_escape(const WCHAR *string)
{
  for (; *string; string++)
    if (*string == L'\\' && !*++string)
      return true;
  return false;
}

/* malloc'ed, without its escapes. */
static WCHAR *unescaped(const WCHAR *text, const WCHAR *end)
{
  WCHAR *copy = malloc((size_t)(end - text + 1) * sizeof(*copy));
  WCHAR *out = copy;

  for (; copy && text < end; text++) {
    if (*text == L'\\')
      text++;
    *out++ = *text;
  }
  if (copy)
    *out = 0;
  return copy;
}

/* Puts [text, end) into *part, and steps past its delimiter. false: out of memory. */
static bool take(WCHAR **part, const WCHAR **text, const WCHAR *end)
{
  *part = unescaped(*text, end);
  *text = end + 1;
  return *part != NULL;
}

static bool append_option(WCHAR **options, const WCHAR *text, const WCHAR *end)
{
  size_t length = *options ? wcslen(*options) : 0;
  WCHAR *option = unescaped(text, end);
  WCHAR *longer =
      option ? realloc(*options, (length + wcslen(option) + 2) * sizeof(*longer)) : NULL;

  if (longer) {
    *options = longer;
    if (length)
      longer[length++] = L',';
    wcscpy(longer + length, option);
  }
  free(option);
  return longer != NULL;
}

/* One item between the brackets. */
static RPC_STATUS take_item(struct string_binding_parts *parts, const WCHAR *text,
                            const WCHAR *end)
{
  static const WCHAR key[] = L"endpoint";
  const WCHAR *equals = find(text, end, L"=");
  bool is_endpoint =
      !equals || ((size_t)(equals - text) == wcslen(key) && !wcsncmp(text, key, wcslen(key)));

  if (!is_endpoint)
    return append_option(&parts->options, text, end) ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
  if (parts->endpoint)
    return RPC_S_INVALID_STRING_BINDING;
  if (equals)
    text = equals + 1;
  return take(&parts->endpoint, &text, end) ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
}

/* What is behind the opening bracket, up to `end`. */
static RPC_STATUS take_items(struct string_binding_parts *parts, const WCHAR *text,
                             const WCHAR *end)
{
  const WCHAR *close = find(text, end, L"]");
  RPC_STATUS status = RPC_S_OK;

  if (!close || close + 1 != end)
    return RPC_S_INVALID_STRING_BINDING;
  while (text < close && status == RPC_S_OK) {
    const WCHAR *comma = find(text, close, L",");
    const WCHAR *item_end = comma ? comma : close;

    status = take_item(parts, text, item_end);
    text = item_end + 1;
  }
  return status;
}

static RPC_STATUS split(const WCHAR *text, struct string_binding_parts *parts)
{
  const WCHAR *end = text + wcslen(text), *delimiter;

  delimiter = find(text, end, L"@");
  if (delimiter && !take(&parts->object, &text, delimiter))
    return RPC_S_OUT_OF_MEMORY;
  delimiter = find(text, end, L":");
  if (!delimiter)
    return RPC_S_INVALID_STRING_BINDING;
  if (!take(&parts->protocol, &text, delimiter))
    return RPC_S_OUT_OF_MEMORY;
  delimiter = find(text, end, L"[");
  if (!take(&parts->network_address, &text, delimiter ? delimiter : end))
    return RPC_S_OUT_OF_MEMORY;
  return delimiter ? take_items(parts, text, end) : RPC_S_OK;
}

static bool fill_in(WCHAR **part)
{
  if (!*part)
    *part = calloc(1, sizeof(**part));
  return *part != NULL;
}

RPC_STATUS string_binding_split(const WCHAR *string, struct string_binding_parts *parts)
{
  RPC_STATUS status = RPC_S_INVALID_STRING_BINDING;

  memset(parts, 0, sizeof(*parts));
  if (!string || ends_inside_escape(string))
    return status;
  status = split(string, parts);
  if (status == RPC_S_OK &&
      !(fill_in(&parts->object) && fill_in(&parts->endpoint) && fill_in(&parts->options)))
    status = RPC_S_OUT_OF_MEMORY;
  if (status != RPC_S_OK)
    string_binding_parts_free(parts);
  return status;
}

void string_binding_parts_free(struct string_binding_parts *parts)
{
  free(parts->object);
  free(parts->protocol);
  free(parts->network_address);
  free(parts->endpoint);
  free(parts->options);
  memset(parts, 0, sizeof(*parts));
}

/* ---- putting together ---- */

static bool is_there(const WCHAR *part)
{
  return part && *part;
}

/* Writes the part with its escapes. */
static WCHAR *put(WCHAR *out, const WCHAR *part, const WCHAR *escaped)
{
  for (; *part; part++) {
    if (wcschr(escaped, *part))
      *out++ = L'\\';
    *out++ = *part;
  }
  return out;
}

static size_t room_for(const WCHAR *part)
{
  return part ? 2 * wcslen(part) + 1 : 0;
}

/* Commas separate options, and there is nothing else that they could mean. */
static WCHAR *put_items(WCHAR *out, const struct string_binding_parts *parts)
{
  bool both = is_there(parts->endpoint) && is_there(parts->options);

  *out++ = L'[';
  if (is_there(parts->endpoint))
    out = put(out, parts->endpoint, L"@:[]\\,=");
  if (both)
    *out++ = L',';
  if (is_there(parts->options))
    out = put(out, parts->options, L"@:[]\\");
  *out++ = L']';
  return out;
}

WCHAR *string_binding_join(const struct string_binding_parts *parts)
{
  size_t size = room_for(parts->object) + room_for(parts->protocol) +
                room_for(parts->network_address) + room_for(parts->endpoint) +
                room_for(parts->options) + 4; /* brackets, comma, end */
  WCHAR *string = malloc(size * sizeof(*string)), *out = string;

  if (!string)
    return NULL;
  if (is_there(parts->object)) {
    out = put(out, parts->object, L"@:[]\\");
    *out++ = L'@';
  }
  if (is_there(parts->protocol)) {
    out = put(out, parts->protocol, L"@:[]\\");
    *out++ = L':';
  }
  if (is_there(parts->network_address))
    out = put(out, parts->network_address, L"@:[]\\");
  if (is_there(parts->endpoint) || is_there(parts->options))
    out = put_items(out, parts);
  *out = 0;
  return string;
}
