#include "importer_rpc.h"

ASYNCSHIM_IMPORT_TABLE(imported, "rpcrt4.dll", FUNCTIONS)
