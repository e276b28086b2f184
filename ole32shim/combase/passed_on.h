/*
 * What our ole32.dll owns of the names of combase.dll. No forwarders: where somebody's override
 * gives the process our combase.dll but Wine's ole32.dll, that forwards these names to
 * combase.dll, and the loader would follow the circle until its stack ends.
 *
 * Who it is that ole32.dll gives for a name shows the import: ours has a function of its own,
 * Wine's leads back to the function here, and then Wine's combase is asked.
 */
#ifndef ASYNCSHIM_OLE32_PASSED_ON_H
#define ASYNCSHIM_OLE32_PASSED_ON_H

#include <windows.h>
#include <objbase.h>

#include "import_table.h"

#define PASSED_ON(X)                                                                           \
  X(CoCancelCall)                                                                              \
  X(CoDisableCallCancellation)                                                                 \
  X(CoEnableCallCancellation)                                                                  \
  X(CoGetCancelObject)                                                                         \
  X(CoGetClassObject)                                                                          \
  X(CoRegisterMessageFilter)                                                                   \
  X(CoSetCancelObject)                                                                         \
  X(CoTestCancel)                                                                              \
  X(CoWaitForMultipleHandles)

ASYNCSHIM_DECLARE_IMPORT_TABLE(wines_combase, PASSED_ON);
ASYNCSHIM_DECLARE_IMPORT_TABLE(ole32, PASSED_ON);

#endif
