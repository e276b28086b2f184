#include "twin_factory.h"

#include "twin_files.h"

/* CLSID_PSFactoryBuffer, the class of the proxies of COM's own interfaces. */
static const CLSID system_class = {
    0x00000320, 0x0000, 0x0000, {0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46}};

static SRWLOCK lock = SRWLOCK_INIT;
static CStdPSFactoryBuffer factory_buffer; /* as a proxy DLL has it */
static const ProxyFileInfo **files;        /* lock; set once, as the next one */
static IPSFactoryBuffer *factory;

/* What widl's tables name: Wine's engine counts each stub as a reference of the factory. */
ULONG STDMETHODCALLTYPE CStdStubBuffer_Release(IRpcStubBuffer *stub)
{
  return NdrCStdStubBuffer_Release(stub, (IPSFactoryBuffer *)&factory_buffer);
}

/* Under the lock. */
static HRESULT make(void)
{
  if (!files)
    files = twin_files_fill();
  return NdrDllGetClassObject(&system_class, &IID_IPSFactoryBuffer, (void **)&factory, files,
                              &system_class, &factory_buffer);
}

HRESULT twin_factory_get(REFIID iid, IPSFactoryBuffer **result)
{
  HRESULT made = S_OK;

  *result = NULL;
  if (!twin_files_know(iid))
    return E_NOINTERFACE;
  AcquireSRWLockExclusive(&lock);
  if (!factory)
    made = make();
  ReleaseSRWLockExclusive(&lock);
  *result = factory;
  return made;
}
