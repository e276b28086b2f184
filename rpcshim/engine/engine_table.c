#include "engine.h"

ASYNCSHIM_IMPORT_TABLE(engine, "rpcrt4_wine.dll", ENGINE_FUNCTIONS)
