/*
 * Which rpcrt4.dll and ole32.dll does a program get that is linked with them, as any other
 * program is, and which combase.dll comes with them?
 *
 *   which_dlls ours|wine    ends with 0 if all are of that kind
 *   which_dlls wait KIND    prints READY, stays until its standard input ends, and looks then
 *
 * Only the image in memory counts. The file in system32 proves nothing: Wine takes its own DLL
 * from another folder, and silently, when no override tells it to prefer the file.
 */
#include <stdio.h>
#include <string.h>
#include <windows.h>
#include <rpc.h>
#include <objbase.h>

#define MARK_OFFSET   0x40
#define WAIT_LIMIT_MS 60000

static const char builtin_mark[] = "Wine builtin DLL";

/* Whether the image's version resource has `text`, which is UTF-16 as everything in it. */
static int version_has(HMODULE module, const WCHAR *text)
{
  HRSRC resource = FindResourceW(module, MAKEINTRESOURCEW(1), (const WCHAR *)RT_VERSION);
  size_t length = wcslen(text) * sizeof *text;
  HGLOBAL loaded = resource ? LoadResource(module, resource) : NULL;
  const char *data = loaded ? LockResource(loaded) : NULL;
  size_t size = data ? SizeofResource(module, resource) : 0;

  for (size_t i = 0; i + length <= size; i += sizeof *text)
    if (!memcmp(data + i, text, length))
      return 1;
  return 0;
}

static int check_dll(const WCHAR *name, const WCHAR *copy, int want_ours)
{
  HMODULE module = GetModuleHandleW(name);
  int marked = module && !memcmp((const char *)module + MARK_OFFSET, builtin_mark,
                                 sizeof builtin_mark - 1);
  int named = module && version_has(module, L"asyncshim");
  int wines = GetModuleHandleW(copy) != NULL;

  printf("%ls: %s; version resource: %s; %ls: %s\n", name,
         !module  ? "not loaded"
         : marked ? "built into Wine"
                  : "native",
         named ? "asyncshim" : "another product", copy, wines ? "loaded" : "not loaded");
  if (want_ours)
    return !marked && named && wines;
  return marked && !named && !wines;
}

static int check(int want_ours)
{
  /* Importing a function by name is what makes the loader look for the DLL. */
  UUID uuid;
  RPC_STATUS status = UuidCreate(&uuid);
  void *memory = CoTaskMemAlloc(16);
  int rpcrt4 = check_dll(L"rpcrt4.dll", L"rpcrt4_wine.dll", want_ours);
  int ole32 = check_dll(L"ole32.dll", L"ole32_wine.dll", want_ours);
  int combase = check_dll(L"combase.dll", L"combase_wine.dll", want_ours);

  printf("UuidCreate: %ld; CoTaskMemAlloc: %p\n", (long)status, memory);
  CoTaskMemFree(memory);
  return status == RPC_S_OK && memory && rpcrt4 && ole32 && combase ? 0 : 1;
}

static DWORD WINAPI end_late(void *unused)
{
  (void)unused;
  Sleep(WAIT_LIMIT_MS);
  ExitProcess(2);
}

static int wait_for_end_of_input(int want_ours)
{
  HANDLE watchdog = CreateThread(NULL, 0, end_late, NULL, 0, NULL);

  if (!watchdog)
    return 1;
  puts("READY");
  fflush(stdout);
  while (getchar() != EOF)
    ;
  CloseHandle(watchdog);
  return check(want_ours);
}

static int is_kind(const char *word)
{
  return !strcmp(word, "ours") || !strcmp(word, "wine");
}

int main(int argc, char **argv)
{
  if (argc == 3 && !strcmp(argv[1], "wait") && is_kind(argv[2]))
    return wait_for_end_of_input(!strcmp(argv[2], "ours"));
  if (argc != 2 || !is_kind(argv[1])) {
    fprintf(stderr, "usage: which_dlls [wait] ours|wine\n");
    return 2;
  }
  return check(!strcmp(argv[1], "ours"));
}
