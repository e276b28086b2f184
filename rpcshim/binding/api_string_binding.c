/* The exported functions on the text of string bindings. Any thread. */
#include <stdlib.h>
#include <string.h>

#include "../engine/engine.h"
#include "string_binding_parts.h"
#include "text.h"

/* NULL and "" are parts that are not there. RPC_S_OK, RPC_S_INVALID_ARG, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS RPC_ENTRY RpcStringBindingComposeW(RPC_WSTR object, RPC_WSTR protocol,
                                              RPC_WSTR network_address, RPC_WSTR endpoint,
                                              RPC_WSTR options, RPC_WSTR *result)
{
  const struct string_binding_parts parts = {(WCHAR *)object, (WCHAR *)protocol,
                                             (WCHAR *)network_address, (WCHAR *)endpoint,
                                             (WCHAR *)options};
  WCHAR *string;

  if (!result)
    return RPC_S_INVALID_ARG;
  string = string_binding_join(&parts);
  *result = (RPC_WSTR)text_for_application(string);
  free(string);
  return *result ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
}

/* false: out of memory. */
static bool parts_from_ansi(RPC_CSTR const texts[5], struct string_binding_parts *parts)
{
  WCHAR **const places[] = {&parts->object, &parts->protocol, &parts->network_address,
                            &parts->endpoint, &parts->options};

  memset(parts, 0, sizeof(*parts));
  for (size_t i = 0; i < ARRAYSIZE(places); i++) {
    *places[i] = text_from_ansi((const char *)texts[i]);
    if (texts[i] && !*places[i])
      return false;
  }
  return true;
}

RPC_STATUS RPC_ENTRY RpcStringBindingComposeA(RPC_CSTR object, RPC_CSTR protocol,
                                              RPC_CSTR network_address, RPC_CSTR endpoint,
                                              RPC_CSTR options, RPC_CSTR *result)
{
  struct string_binding_parts parts;
  WCHAR *string = NULL;

  if (!result)
    return RPC_S_INVALID_ARG;
  if (parts_from_ansi((RPC_CSTR[]){object, protocol, network_address, endpoint, options},
                      &parts))
    string = string_binding_join(&parts);
  *result = (RPC_CSTR)text_for_application_ansi(string);
  free(string);
  string_binding_parts_free(&parts);
  return *result ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
}

/* Splits, and checks the object. RPC_S_OK, RPC_S_INVALID_STRING_BINDING,
 * RPC_S_INVALID_STRING_UUID, RPC_S_OUT_OF_MEMORY. */
static RPC_STATUS parse(const WCHAR *string, struct string_binding_parts *parts)
{
  RPC_STATUS status = string_binding_split(string, parts);
  UUID object;

  if (status != RPC_S_OK || !*parts->object)
    return status;
  status = engine.UuidFromStringW((RPC_WSTR)parts->object, &object);
  if (status != RPC_S_OK)
    string_binding_parts_free(parts);
  return status;
}

/* What the application gets of a string; gives what it has been given back, where memory is
 * short. */
struct handout {
  void *(*convert)(const WCHAR *text);
  void **places[5]; /* NULL: it does not want that part */
};

static void *wide(const WCHAR *text)
{
  return text_for_application(text);
}

static void *ansi(const WCHAR *text)
{
  return text_for_application_ansi(text);
}

static RPC_STATUS hand_out(const struct handout *handout, const WCHAR *string)
{
  struct string_binding_parts parts;
  RPC_STATUS status;

  for (size_t i = 0; i < ARRAYSIZE(handout->places); i++)
    if (handout->places[i])
      *handout->places[i] = NULL;
  status = parse(string, &parts);
  if (status != RPC_S_OK)
    return status;
  const WCHAR *const texts[] = {parts.object, parts.protocol, parts.network_address,
                                parts.endpoint, parts.options};
  for (size_t i = 0; i < ARRAYSIZE(texts) && status == RPC_S_OK; i++) {
    if (!handout->places[i])
      continue;
    *handout->places[i] = handout->convert(texts[i]);
    if (!*handout->places[i])
      status = RPC_S_OUT_OF_MEMORY;
  }
  string_binding_parts_free(&parts);
  for (size_t i = 0; i < ARRAYSIZE(texts) && status != RPC_S_OK; i++)
    if (handout->places[i] && *handout->places[i])
      engine.RpcStringFreeW((RPC_WSTR *)handout->places[i]);
  return status;
}

/*
 * Each part may be NULL: not wanted. Parts that are not there are "". RPC_S_OK; with NULL for
 * all parts: RPC_S_INVALID_STRING_BINDING, RPC_S_INVALID_STRING_UUID, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS RPC_ENTRY RpcStringBindingParseW(RPC_WSTR string, RPC_WSTR *object,
                                            RPC_WSTR *protocol, RPC_WSTR *network_address,
                                            RPC_WSTR *endpoint, RPC_WSTR *options)
{
  const struct handout handout = {wide,
                                  {(void **)object, (void **)protocol, (void **)network_address,
                                   (void **)endpoint, (void **)options}};

  return hand_out(&handout, (const WCHAR *)string);
}

RPC_STATUS RPC_ENTRY RpcStringBindingParseA(RPC_CSTR string, RPC_CSTR *object,
                                            RPC_CSTR *protocol, RPC_CSTR *network_address,
                                            RPC_CSTR *endpoint, RPC_CSTR *options)
{
  const struct handout handout = {ansi,
                                  {(void **)object, (void **)protocol, (void **)network_address,
                                   (void **)endpoint, (void **)options}};
  WCHAR *text = text_from_ansi((const char *)string);
  RPC_STATUS status = hand_out(&handout, text);

  if (string && !text)
    status = RPC_S_OUT_OF_MEMORY;
  free(text);
  return status;
}
