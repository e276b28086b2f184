#include "twin_files.h"

#include "../../include/asyncshim/com.h"
#include "advise_sink.h"

/* What widl makes of the IDL files. */
extern const ExtendedProxyFileInfo pipes_ProxyFileInfo, advise_sinks_ProxyFileInfo;

/* Methods of an interface: IUnknown's, and for each other one two of the asynchronous twin. */
#define IUNKNOWN_METHODS   3
#define MOST_ASYNC_METHODS 15

struct twins {
  const IID *synchronous, *asynchronous;
  /* As compilers name them: the second is "Async" and the first. */
  const char *name, *async_name;
  const STUB_THUNK *thunks, *async_thunks; /* NULL: none */
};

static const struct twins known[] = {
    {&IID_IPipeByte, &IID_AsyncIPipeByte, "IPipeByte", "AsyncIPipeByte", NULL, NULL},
    {&IID_IPipeLong, &IID_AsyncIPipeLong, "IPipeLong", "AsyncIPipeLong", NULL, NULL},
    {&IID_IPipeDouble, &IID_AsyncIPipeDouble, "IPipeDouble", "AsyncIPipeDouble", NULL, NULL},
    {&IID_IAdviseSink, &IID_AsyncIAdviseSink, "IAdviseSink", "AsyncIAdviseSink",
     advise_sink_thunks, async_advise_sink_thunks},
    {&IID_IAdviseSink2, &IID_AsyncIAdviseSink2, "IAdviseSink2", "AsyncIAdviseSink2",
     advise_sink_thunks, async_advise_sink_thunks},
};
#define KNOWN      (sizeof(known) / sizeof(known[0]))
#define INTERFACES (2 * KNOWN)

/* The file's lists: an interface, its twin, and so on; a NULL behind them. */
static PCInterfaceProxyVtblList proxies[INTERFACES + 1];
static PCInterfaceStubVtblList stubs[INTERFACES + 1];
static PCInterfaceName names[INTERFACES + 1];
static const IID *asynchronous_iids[INTERFACES + 1];

static CInterfaceStubVtbl stub_tables[INTERFACES];
static MIDL_SERVER_INFO server_infos[INTERFACES];
static CINTERFACE_PROXY_VTABLE(MOST_ASYNC_METHODS) async_proxy_tables[KNOWN];

bool twin_files_know(REFIID iid)
{
  for (size_t i = 0; i < KNOWN; i++) {
    if (IsEqualIID(iid, known[i].synchronous) || IsEqualIID(iid, known[i].asynchronous))
      return true;
  }
  return false;
}

static int __stdcall look_up(const IID *iid, int *index)
{
  for (*index = 0; stubs[*index]; ++*index) {
    if (IsEqualIID(iid, stubs[*index]->header.piid))
      return 1;
  }
  return 0;
}

/* Each is in one of the files. */
static const ProxyFileInfo *find_file(const IID *iid, int *index)
{
  if (pipes_ProxyFileInfo.pIIDLookupRtn(iid, index))
    return &pipes_ProxyFileInfo;
  advise_sinks_ProxyFileInfo.pIIDLookupRtn(iid, index);
  return &advise_sinks_ProxyFileInfo;
}

static void add_synchronous(const struct twins *twins, size_t place)
{
  int index = 0;
  const ProxyFileInfo *file = find_file(twins->synchronous, &index);
  const CInterfaceStubVtbl *found = file->pStubVtblList[index];

  stub_tables[place] = *found;
  server_infos[place] = *found->header.pServerInfo;
  server_infos[place].ThunkTable = twins->thunks;
  stub_tables[place].header.pServerInfo = &server_infos[place];
  proxies[place] = file->pProxyVtblList[index];
  names[place] = twins->name;
  asynchronous_iids[place] = twins->asynchronous;
}

/* An empty table of stub methods says what it is. */
static void add_asynchronous(const struct twins *twins, size_t number, size_t place)
{
  CInterfaceProxyVtbl *proxy = (CInterfaceProxyVtbl *)&async_proxy_tables[number];
  unsigned int methods = stub_tables[place - 1].header.DispatchTableCount - IUNKNOWN_METHODS;

  proxy->header.piid = twins->asynchronous;
  server_infos[place].ThunkTable = twins->async_thunks;
  stub_tables[place].header.piid = twins->asynchronous;
  stub_tables[place].header.pServerInfo = &server_infos[place];
  stub_tables[place].header.DispatchTableCount = IUNKNOWN_METHODS + 2 * methods;
  proxies[place] = proxy;
  names[place] = twins->async_name;
}

const ProxyFileInfo **twin_files_fill(void)
{
  static const ProxyFileInfo file = {.pProxyVtblList = proxies,
                                     .pStubVtblList = stubs,
                                     .pNamesArray = names,
                                     .pIIDLookupRtn = look_up,
                                     .TableSize = INTERFACES,
                                     .TableVersion = 2,
                                     .pAsyncIIDLookup = asynchronous_iids};
  static const ProxyFileInfo *list[] = {&file, NULL};

  for (size_t i = 0; i < KNOWN; i++) {
    size_t place = 2 * i;

    add_synchronous(&known[i], place);
    add_asynchronous(&known[i], i, place + 1);
    stubs[place] = &stub_tables[place];
    stubs[place + 1] = &stub_tables[place + 1];
  }
  return list;
}
