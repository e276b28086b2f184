/*
 * The proxy file of the system's interfaces with asynchronous twins: a table that a compiler
 * would have written, if one could have seen all of them.
 *
 * The synchronous ones are described by pipes.idl and advise_sinks.idl. Of the asynchronous
 * ones a file has little but their names (rpcshim/com/async_interface.h); widl cannot write
 * them, as a size that Begin_ is given counts for an array of Finish_.
 *
 * Filled once, under the lock of twin_factory.h; not changed from then on.
 */
#ifndef ASYNCSHIM_OLE32_TWIN_FILES_H
#define ASYNCSHIM_OLE32_TWIN_FILES_H

#include <stdbool.h>

#define USE_STUBLESS_PROXY
#include <windows.h>
#include <objbase.h>
#include <rpcproxy.h>

/* Whether `iid` is in the file: one of the ten. */
bool twin_files_know(REFIID iid);

/* The list for NdrDllGetClassObject(), ended by NULL. */
const ProxyFileInfo **twin_files_fill(void);

#endif
