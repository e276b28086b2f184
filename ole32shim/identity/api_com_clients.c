#include "client_identity.h"

/* rpcshim/binding/com_clients.h: rpcrt4.dll calls it before a binding to an apartment is made.
 */
void WINAPI AsyncshimComClients(void);

void WINAPI AsyncshimComClients(void)
{
  client_identity_prepare();
}
