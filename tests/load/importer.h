/*
 * What a program or a DLL is that imports COM or RPC: importer_com.c and importer_rpc.c build
 * it, by hand (import_table.h), so that the import table has nothing but one of our DLLs, and
 * the names in it stand in a known order.
 *
 * Any thread, DllMain too. false: a function that was imported does not do what it should.
 */
#ifndef ASYNCSHIM_TESTS_LOAD_IMPORTER_H
#define ASYNCSHIM_TESTS_LOAD_IMPORTER_H

#include <stdbool.h>

bool importer_use(void);

#endif
