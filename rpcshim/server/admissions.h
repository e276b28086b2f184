/*
 * Whom a connection's client has been admitted to: interfaces whose checks need not be made
 * again for each call (RPC_IF_SEC_NO_CACHE and RPC_IF_SEC_CACHE_PER_PROC say otherwise).
 *
 * Only what has been granted is kept, and only the last few. A registration is known by its
 * number, which no other has before or after. The owner has the lock.
 */
#ifndef ASYNCSHIM_SERVER_ADMISSIONS_H
#define ASYNCSHIM_SERVER_ADMISSIONS_H

#include <stdbool.h>
#include <stdint.h>

#define ADMISSIONS_KEPT 8
#define EVERY_PROCEDURE (~0u)

struct admissions {
  unsigned int next; /* which one is overwritten next */
  struct admission {
    uint32_t registration; /* server_interface.h; 0: none */
    unsigned int procedure;
  } kept[ADMISSIONS_KEPT];
};

bool admissions_have(const struct admissions *admissions, uint32_t registration,
                     unsigned int procedure);
void admissions_add(struct admissions *admissions, uint32_t registration,
                    unsigned int procedure);

#endif
