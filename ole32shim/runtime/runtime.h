/*
 * The seam to our rpcrt4.dll: what it knows of synchronous COM calls
 * (rpcshim/cancel/com_cancels.h), and the ways back to apartments
 * (rpcshim/com/com_apartments.h). Any thread.
 */
#ifndef ASYNCSHIM_OLE32_RUNTIME_H
#define ASYNCSHIM_OLE32_RUNTIME_H

#include "../../rpcshim/cancel/com_cancels.h"
#include "../../rpcshim/com/com_apartments.h"

/* NULL: the process runs on another rpcrt4.dll. */
const struct com_cancels *com_cancels_get(void);
const struct com_apartments *com_apartments_get(void);

#endif
