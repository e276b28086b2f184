#include "proxy_file.h"

#include <stdlib.h>
#include <string.h>

/* What the copies are made of; freed together. */
struct proxy_block {
  struct proxy_block *next;
  _Alignas(8) unsigned char bytes[];
};

static void *allocate(struct proxy_files *files, size_t size)
{
  struct proxy_block *block = calloc(1, sizeof(*block) + size);

  if (!block)
    return NULL;
  block->next = files->blocks;
  files->blocks = block;
  return block->bytes;
}

static void *copy(struct proxy_files *files, const void *from, size_t size)
{
  void *to = allocate(files, size);

  return to ? memcpy(to, from, size) : NULL;
}

static bool copy_interface(struct proxy_files *files, const ProxyFileInfo *file,
                           unsigned int index, PCInterfaceProxyVtblList *proxies,
                           PCInterfaceStubVtblList *stubs)
{
  const CInterfaceStubVtbl *stub = file->pStubVtblList[index];
  size_t proxy_size =
      sizeof(CInterfaceProxyHeader) + stub->header.DispatchTableCount * sizeof(void *);

  proxies[index] = copy(files, file->pProxyVtblList[index], proxy_size);
  stubs[index] = copy(files, stub, sizeof(*stub));
  return proxies[index] && stubs[index];
}

static const ProxyFileInfo *copy_file(struct proxy_files *files, const ProxyFileInfo *file)
{
  size_t entries = (size_t)file->TableSize + 1; /* compilers end the lists with NULL */
  ProxyFileInfo *info = copy(files, file, sizeof(*file));
  PCInterfaceProxyVtblList *proxies = allocate(files, entries * sizeof(*proxies));
  PCInterfaceStubVtblList *stubs = allocate(files, entries * sizeof(*stubs));

  if (!info || !proxies || !stubs)
    return NULL;
  for (unsigned int i = 0; i < file->TableSize; i++) {
    if (!copy_interface(files, file, i, proxies, stubs))
      return NULL;
  }
  info->pProxyVtblList = proxies;
  info->pStubVtblList = stubs;
  return info;
}

static void add_async_interfaces(struct proxy_files *files, const ProxyFileInfo *file)
{
  for (unsigned int i = 0; i < file->TableSize; i++) {
    if (async_interface_at(file, i, &files->async_interfaces[files->async_count]))
      files->async_count++;
  }
}

static void find_parents(struct proxy_files *files)
{
  for (size_t i = 0; i < files->async_count; i++) {
    struct async_interface *heir = &files->async_interfaces[i];

    for (size_t k = 0; k < files->async_count; k++) {
      const struct async_interface *other = &files->async_interfaces[k];

      if (async_interface_inherits(heir, other) &&
          (!heir->parent || heir->parent->method_end < other->method_end))
        heir->parent = other;
    }
  }
}

bool proxy_files_are_async(const ProxyFileInfo **list)
{
  for (size_t i = 0; list[i]; i++) {
    if (proxy_file_is_async(list[i]))
      return true;
  }
  return false;
}

struct proxy_files *proxy_files_create(const ProxyFileInfo **list)
{
  size_t files_count = 0, interfaces = 0;
  struct proxy_files *files;

  for (; list[files_count]; files_count++)
    interfaces += list[files_count]->TableSize;
  files = calloc(1, sizeof(*files) + (files_count + 1) * sizeof(*list));
  if (!files)
    return NULL;
  /* One more than there can be: the place that a look at the last one writes to. */
  files->async_interfaces = allocate(files, (interfaces + 1) * sizeof(struct async_interface));
  if (!files->async_interfaces)
    goto no_memory;
  for (size_t i = 0; i < files_count; i++) {
    files->list[i] = list[i];
    if (!proxy_file_is_async(list[i]))
      continue;
    files->list[i] = copy_file(files, list[i]);
    if (!files->list[i])
      goto no_memory;
    add_async_interfaces(files, list[i]);
  }
  find_parents(files);
  return files;

no_memory:
  proxy_files_free(files);
  return NULL;
}

void proxy_files_free(struct proxy_files *files)
{
  while (files->blocks) {
    struct proxy_block *block = files->blocks;

    files->blocks = block->next;
    free(block);
  }
  free(files);
}

const struct async_interface *proxy_files_find_synchronous(const struct proxy_files *files,
                                                           REFIID iid)
{
  for (size_t i = 0; i < files->async_count; i++) {
    if (IsEqualIID(files->async_interfaces[i].synchronous, iid))
      return &files->async_interfaces[i];
  }
  return NULL;
}

const struct async_interface *proxy_files_find_asynchronous(const struct proxy_files *files,
                                                            REFIID iid)
{
  for (size_t i = 0; i < files->async_count; i++) {
    if (IsEqualIID(files->async_interfaces[i].asynchronous, iid))
      return &files->async_interfaces[i];
  }
  return NULL;
}
