/*
 * The proxy files of a proxy DLL with asynchronous interfaces, copied to where they can be
 * written.
 *
 * Wine's factory fills the tables of the files that it is given: methods of proxies, methods of
 * stubs. Those of asynchronous interfaces are all empty, so that compilers put them into
 * read-only memory. So such a file is copied, without what is never written; other files of the
 * list stay the DLL's own.
 *
 * Owned by the proxy DLL's factory (proxy_factory.h), whose pProxyFileList is `list`. Not
 * changed after proxy_files_create() but by Wine's filling: any thread can read.
 */
#ifndef ASYNCSHIM_COM_PROXY_FILE_H
#define ASYNCSHIM_COM_PROXY_FILE_H

#include "async_interface.h"

struct proxy_files {
  struct proxy_block *blocks;
  struct async_interface *async_interfaces;
  size_t async_count;
  const ProxyFileInfo *list[]; /* as NdrDllGetClassObject takes it: the last one is NULL */
};

/* Whether any file of the list has asynchronous interfaces. */
bool proxy_files_are_async(const ProxyFileInfo **list);

/* NULL: no memory. Ended by proxy_files_free(). */
struct proxy_files *proxy_files_create(const ProxyFileInfo **list);
void proxy_files_free(struct proxy_files *files);

/* By the IID of one of the twins. NULL: it is none. */
const struct async_interface *proxy_files_find_synchronous(const struct proxy_files *files,
                                                           REFIID iid);
const struct async_interface *proxy_files_find_asynchronous(const struct proxy_files *files,
                                                            REFIID iid);

#endif
