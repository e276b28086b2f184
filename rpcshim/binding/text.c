#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "../engine/engine.h"

WCHAR *text_from_ansi(const char *ansi)
{
  WCHAR *text;
  int count;

  if (!ansi)
    return NULL;
  count = MultiByteToWideChar(CP_ACP, 0, ansi, -1, NULL, 0);
  text = count > 0 ? calloc((size_t)count, sizeof(*text)) : NULL;
  if (text)
    MultiByteToWideChar(CP_ACP, 0, ansi, -1, text, count);
  return text;
}

static char *convert(const WCHAR *text, void *(WINAPI *allocate)(unsigned int size))
{
  char *ansi;
  int size;

  if (!text)
    return NULL;
  size = WideCharToMultiByte(CP_ACP, 0, text, -1, NULL, 0, NULL, NULL);
  ansi = size > 0 ? allocate((unsigned int)size) : NULL;
  if (ansi)
    WideCharToMultiByte(CP_ACP, 0, text, -1, ansi, size, NULL, NULL);
  return ansi;
}

static void *WINAPI allocate_inside(unsigned int size)
{
  return malloc(size);
}

char *text_to_ansi(const WCHAR *text)
{
  return convert(text, allocate_inside);
}

WCHAR *text_for_application(const WCHAR *text)
{
  size_t size;
  WCHAR *copy;

  if (!text)
    return NULL;
  size = (wcslen(text) + 1) * sizeof(*text);
  copy = size <= UINT_MAX ? engine.I_RpcAllocate((unsigned int)size) : NULL;
  if (copy)
    memcpy(copy, text, size);
  return copy;
}

char *text_for_application_ansi(const WCHAR *text)
{
  return convert(text, engine.I_RpcAllocate);
}

RPC_STATUS text_hand_over_ansi(RPC_WSTR text, RPC_CSTR *ansi)
{
  *ansi = (RPC_CSTR)text_for_application_ansi((const WCHAR *)text);
  engine.RpcStringFreeW(&text);
  return *ansi ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
}
