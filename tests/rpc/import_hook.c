#include "import_hook.h"

static const BYTE *at(HMODULE module, DWORD offset)
{
  return (const BYTE *)module + offset;
}

static const IMAGE_IMPORT_DESCRIPTOR *imports_of(HMODULE module)
{
  const IMAGE_DOS_HEADER *dos = (const void *)module;
  const IMAGE_NT_HEADERS *nt = (const void *)at(module, (DWORD)dos->e_lfanew);
  const IMAGE_DATA_DIRECTORY *directory =
      &nt->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];

  CHECK(directory->VirtualAddress);
  return (const void *)at(module, directory->VirtualAddress);
}

/* Its place in the import address table; NULL: not of that DLL. */
static FARPROC *find_slot(HMODULE module, const IMAGE_IMPORT_DESCRIPTOR *dll, const char *name)
{
  const IMAGE_THUNK_DATA *names = (const void *)at(module, dll->OriginalFirstThunk);
  FARPROC *slots = (FARPROC *)(ULONG_PTR)at(module, dll->FirstThunk);

  for (size_t i = 0; names[i].u1.AddressOfData; i++) {
    const IMAGE_IMPORT_BY_NAME *entry;

    if (IMAGE_SNAP_BY_ORDINAL(names[i].u1.Ordinal))
      continue;
    entry = (const void *)at(module, (DWORD)names[i].u1.AddressOfData);
    if (!strcmp((const char *)entry->Name, name))
      return &slots[i];
  }
  return NULL;
}

FARPROC import_replace(HMODULE module, const char *name, FARPROC replacement)
{
  FARPROC *slot = NULL, original;
  DWORD protection;

  for (const IMAGE_IMPORT_DESCRIPTOR *dll = imports_of(module); dll->FirstThunk && !slot; dll++)
    slot = find_slot(module, dll, name);
  if (!slot)
    check_failed(__FILE__, __LINE__, "%s is not imported", name);
  original = *slot;
  CHECK(VirtualProtect(slot, sizeof(*slot), PAGE_READWRITE, &protection));
  *slot = replacement;
  CHECK(VirtualProtect(slot, sizeof(*slot), protection, &protection));
  return original;
}
