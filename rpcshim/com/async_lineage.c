#include "async_lineage.h"

#include <stdlib.h>

#include "com_library.h"
#include "twin_lookup.h"

/* As many files as an interface may be spread over. */
#define LEVEL_LIMIT 16

struct level {
  const struct async_interface *twins;
  IPSFactoryBuffer *factory; /* keeps `twins`; NULL for the first, which its owner keeps */
};

struct async_lineage {
  LONG references;
  unsigned int count;
  struct level levels[LEVEL_LIMIT]; /* the heir first */
};

static HRESULT ask_factory(IPSFactoryBuffer *factory, REFIID iid,
                           const struct async_interface **twins)
{
  struct twin_lookup *lookup;

  if (FAILED(IPSFactoryBuffer_QueryInterface(factory, &IID_TWIN_LOOKUP, (void **)&lookup)))
    return E_NOINTERFACE;
  /* A program's own class object may say yes to everything, and give itself. */
  *twins = (void *)lookup == (void *)factory
               ? NULL
               : lookup->methods->find_twins(lookup, factory, iid);
  lookup->methods->release(lookup);
  return *twins ? S_OK : E_NOINTERFACE;
}

static HRESULT find(REFIID iid, struct level *level)
{
  CLSID class_id;
  HRESULT result;

  if (!com_library_load())
    return E_OUTOFMEMORY;
  if (FAILED(com_library.CoGetPSClsid(iid, &class_id)) ||
      FAILED(com_library.CoGetClassObject(&class_id, CLSCTX_INPROC_SERVER, NULL,
                                          &IID_IPSFactoryBuffer, (void **)&level->factory)))
    return E_NOINTERFACE;
  result = ask_factory(level->factory, iid, &level->twins);
  if (FAILED(result))
    IPSFactoryBuffer_Release(level->factory);
  return result;
}

/* One more level: what the last one inherits from another file. */
static HRESULT add_base(struct async_lineage *lineage)
{
  const struct async_interface *heir = lineage->levels[lineage->count - 1].twins;
  struct level base;
  HRESULT result;

  if (lineage->count == LEVEL_LIMIT)
    return E_NOINTERFACE;
  result = find(heir->base, &base);
  if (FAILED(result))
    return result;
  lineage->levels[lineage->count++] = base;
  return base.twins->method_end == heir->method_begin ? S_OK : E_NOINTERFACE;
}

HRESULT async_lineage_create(const struct async_interface *twins, struct async_lineage **result)
{
  struct async_lineage *lineage = calloc(1, sizeof(*lineage));
  HRESULT status = S_OK;

  *result = NULL;
  if (!lineage)
    return E_OUTOFMEMORY;
  lineage->references = 1;
  lineage->levels[lineage->count++].twins = twins;
  while (SUCCEEDED(status) && lineage->levels[lineage->count - 1].twins->base)
    status = add_base(lineage);
  if (FAILED(status)) {
    async_lineage_release(lineage);
    return status;
  }
  *result = lineage;
  return S_OK;
}

void async_lineage_add_reference(struct async_lineage *lineage)
{
  InterlockedIncrement(&lineage->references);
}

void async_lineage_release(struct async_lineage *lineage)
{
  if (InterlockedDecrement(&lineage->references))
    return;
  for (unsigned int i = 1; i < lineage->count; i++)
    IPSFactoryBuffer_Release(lineage->levels[i].factory);
  free(lineage);
}

const struct async_interface *async_lineage_of_method(const struct async_lineage *lineage,
                                                      unsigned int method)
{
  for (unsigned int i = 0; i < lineage->count; i++) {
    const struct async_interface *twins = lineage->levels[i].twins;

    if (method >= twins->method_begin && method < twins->method_end)
      return twins;
  }
  return NULL;
}

bool async_lineage_has(const struct async_lineage *lineage, REFIID asynchronous)
{
  for (unsigned int i = 0; i < lineage->count; i++) {
    const struct async_interface *twins = lineage->levels[i].twins;

    for (; twins; twins = twins->parent) {
      if (IsEqualIID(twins->asynchronous, asynchronous))
        return true;
    }
  }
  return false;
}
