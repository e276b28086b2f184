#include "importer_com.h"

ASYNCSHIM_IMPORT_TABLE(imported, FROM, FUNCTIONS)
