#include "harness.h"
#include "runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool contains(const BYTE *data, size_t length, const void *text, size_t text_length)
{
  for (size_t i = 0; i + text_length <= length; i++)
    if (!memcmp(data + i, text, text_length))
      return true;
  return false;
}

static enum runtime runtime_of(HMODULE module)
{
  static const WCHAR product[] = L"asyncshim";
  HRSRC resource = FindResourceW(module, MAKEINTRESOURCEW(VS_VERSION_INFO), (LPWSTR)RT_VERSION);
  if (!resource)
    return RUNTIME_WINE;
  HGLOBAL loaded = LoadResource(module, resource);
  CHECK(loaded);
  return contains(LockResource(loaded), SizeofResource(module, resource), product,
                  sizeof(product) - sizeof(WCHAR))
             ? RUNTIME_SHIM
             : RUNTIME_WINE;
}

enum runtime runtime_loaded(void)
{
  HMODULE module = LoadLibraryW(L"rpcrt4.dll");
  CHECK(module);
  return runtime_of(module);
}

enum runtime runtime_expected(void)
{
  const char *expected = getenv("ASYNCSHIM_EXPECT_RUNTIME");
  if (!expected || !strcmp(expected, "shim"))
    return RUNTIME_SHIM;
  CHECK(!strcmp(expected, "wine"));
  return RUNTIME_WINE;
}

static void require(const char *name, enum runtime loaded, enum runtime expected)
{
  if (loaded != expected)
    check_failed(__FILE__, __LINE__, "this process runs on %s %s, not on %s",
                 loaded == RUNTIME_SHIM ? "the shim's" : "Wine's own", name,
                 expected == RUNTIME_SHIM ? "the shim's" : "Wine's own");
}

void runtime_require_expected(void)
{
  enum runtime expected = runtime_expected();
  HMODULE ole32 = GetModuleHandleW(L"ole32.dll");
  HMODULE combase = GetModuleHandleW(L"combase.dll");
  require("rpcrt4.dll", runtime_loaded(), expected);
  if (ole32)
    require("ole32.dll", runtime_of(ole32), expected);
  if (combase)
    require("combase.dll", runtime_of(combase), expected);
}
