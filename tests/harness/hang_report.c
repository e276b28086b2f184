#include "hang_report.h"

#include <stdio.h>
#include <windows.h>
#include <tlhelp32.h>
#include <winternl.h>

#define MODULES     3
#define THREADS_MAX 64
#define WORDS_MAX   24

struct module {
  const char *name;
  ULONG_PTR base;
  ULONG_PTR end;
};

struct stack {
  DWORD thread_id;
  unsigned int count;
  ULONG_PTR words[WORDS_MAX];
};

struct thread_basic_information {
  NTSTATUS exit_status;
  NT_TIB *teb;
  CLIENT_ID client_id;
  ULONG_PTR affinity;
  LONG priority;
  LONG base_priority;
};

static struct module modules[MODULES] = {
    {"the test", 0, 0}, {"rpcrt4.dll", 0, 0}, {"ole32.dll", 0, 0}};

static void find_modules(void)
{
  for (unsigned int i = 0; i < MODULES; i++) {
    char *base = (char *)GetModuleHandleA(i ? modules[i].name : NULL);
    const IMAGE_NT_HEADERS *headers;
    if (!base)
      continue;
    headers = (IMAGE_NT_HEADERS *)(base + ((IMAGE_DOS_HEADER *)base)->e_lfanew);
    modules[i].base = (ULONG_PTR)base;
    modules[i].end = (ULONG_PTR)base + headers->OptionalHeader.BaseOfCode +
                     headers->OptionalHeader.SizeOfCode;
  }
}

static const struct module *module_of(ULONG_PTR address)
{
  for (unsigned int i = 0; i < MODULES; i++)
    if (address > modules[i].base && address < modules[i].end)
      return &modules[i];
  return NULL;
}

static ULONG_PTR stack_pointer(HANDLE thread)
{
  CONTEXT context = {.ContextFlags = CONTEXT_CONTROL};
  if (!GetThreadContext(thread, &context))
    return 0;
#ifdef _WIN64
  return context.Rsp;
#else
  return context.Esp;
#endif
}

static void look_at(HANDLE thread, struct stack *stack)
{
  struct thread_basic_information information;
  ULONG_PTR *word = (ULONG_PTR *)(stack_pointer(thread) & ~(sizeof(ULONG_PTR) - 1));
  if (!word || NtQueryInformationThread(thread, 0 /* ThreadBasicInformation */, &information,
                                        sizeof(information), NULL))
    return;
  if ((void *)word < information.teb->StackLimit)
    return;
  for (; (void *)word < information.teb->StackBase && stack->count < WORDS_MAX; word++)
    if (module_of(*word))
      stack->words[stack->count++] = *word;
}

static void write_out(const char *text, int length)
{
  DWORD written;
  WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), text, (DWORD)length, &written, NULL);
}

static void print(const struct stack *stack)
{
  char text[128];
  write_out(text, snprintf(text, sizeof(text), "  thread 0x%lx:", stack->thread_id));
  for (unsigned int i = 0; i < stack->count; i++) {
    const struct module *module = module_of(stack->words[i]);
    write_out(text, snprintf(text, sizeof(text), " %s+0x%llx", module->name,
                             (unsigned long long)(stack->words[i] - module->base)));
  }
  if (!stack->count)
    write_out(text, snprintf(text, sizeof(text), " nowhere in the test or the shim"));
  write_out("\n", 1);
}

/* From the first thread suspended on, nothing may wait for a lock that one of them may hold:
 * neither the C library's streams nor its heap. */
void hang_report(void)
{
  static struct stack stacks[THREADS_MAX];
  THREADENTRY32 entry = {.dwSize = sizeof(entry)};
  unsigned int count = 0;
  HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
  if (snapshot == INVALID_HANDLE_VALUE)
    return;
  find_modules();
  for (BOOL more = Thread32First(snapshot, &entry); more && count < THREADS_MAX;
       more = Thread32Next(snapshot, &entry)) {
    HANDLE thread;
    if (entry.th32OwnerProcessID != GetCurrentProcessId() ||
        entry.th32ThreadID == GetCurrentThreadId())
      continue;
    thread = OpenThread(THREAD_ALL_ACCESS, FALSE, entry.th32ThreadID);
    if (!thread)
      continue;
    stacks[count].thread_id = entry.th32ThreadID;
    if (SuspendThread(thread) != (DWORD)-1)
      look_at(thread, &stacks[count++]);
    CloseHandle(thread);
  }
  CloseHandle(snapshot);
  for (unsigned int i = 0; i < count; i++)
    print(&stacks[i]);
}
