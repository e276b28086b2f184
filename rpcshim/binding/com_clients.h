/*
 * The first binding of the process to an apartment of COM's, which combase makes for the first
 * proxy: asyncshim's ole32.dll is told, before any program has a proxy in its hands
 * (ole32shim/identity/client_identity.h). Where another ole32.dll is in the process, nobody is.
 */
#ifndef ASYNCSHIM_BINDING_COM_CLIENTS_H
#define ASYNCSHIM_BINDING_COM_CLIENTS_H

#include <stdbool.h>
#include <wchar.h>

/* The endpoint of an apartment: this and its OXID. */
#define COM_ENDPOINT_PREFIX L"\\pipe\\OLE_"

/* NULL: no. */
bool com_clients_is_endpoint(const wchar_t *endpoint);
/* Any thread, before each such binding. */
void com_clients_announce(void);

#endif
