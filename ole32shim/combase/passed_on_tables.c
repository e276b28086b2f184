#include "passed_on.h"

ASYNCSHIM_IMPORT_TABLE(wines_combase, "combase_wine.dll", PASSED_ON)
ASYNCSHIM_IMPORT_TABLE(ole32, "ole32.dll", PASSED_ON)
