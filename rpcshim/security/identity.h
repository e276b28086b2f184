/*
 * Who somebody is: a token to act by and a name to tell.
 *
 * However it has been proved: local_identity.h takes it from the process at the other end of a
 * pipe; a security package would make one of what it has accepted. Never changes once made,
 * so that any thread may use it without a lock. Reference counted: a connection keeps that of
 * its client, whoever looks at it has one of its own.
 */
#ifndef ASYNCSHIM_SECURITY_IDENTITY_H
#define ASYNCSHIM_SECURITY_IDENTITY_H

#include <windows.h>
#include <rpc.h>

struct identity {
  LONG references;
  HANDLE token; /* an impersonation token: TOKEN_IMPERSONATE, TOKEN_QUERY, TOKEN_DUPLICATE */
  WCHAR *name;  /* DOMAIN\user */
};

/*
 * With one reference. Takes `token` over, also where it fails. RPC_S_OK,
 * RPC_S_NO_CONTEXT_AVAILABLE (its user has no name), RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS identity_create(HANDLE token, struct identity **identity);
void identity_add_reference(struct identity *identity);
/* NULL is allowed. */
void identity_release(struct identity *identity);

/* The calling thread acts by it from now on. RPC_S_OK, RPC_S_NO_CONTEXT_AVAILABLE. */
RPC_STATUS identity_impersonate(const struct identity *identity);

#endif
