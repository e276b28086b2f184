#include "original.h"

ASYNCSHIM_IMPORT_TABLE(original, "ole32_wine.dll", ORIGINAL_FUNCTIONS)
