/*
 * What MinGW-w64's COM headers only declare, for programs that are cross-compiled for asyncshim
 * or for Windows: no import library has these. Include it after <objbase.h>, in one source file
 * of the program after <initguid.h>, which makes it define them.
 */
#ifndef ASYNCSHIM_COM_H
#define ASYNCSHIM_COM_H

#include <windows.h>
#include <objbase.h>

/* ISynchronize and ISynchronizeEvent of an event that a wait resets; can be aggregated. */
DEFINE_GUID(CLSID_StdEvent, 0x0000032b, 0x0000, 0x0000, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00,
            0x00, 0x46);
/* ISynchronize and ISynchronizeHandle of a manual-reset event; can be aggregated. */
DEFINE_GUID(CLSID_ManualResetEvent, 0x0000032c, 0x0000, 0x0000, 0xc0, 0x00, 0x00, 0x00, 0x00,
            0x00, 0x00, 0x46);
/* ISynchronizeContainer. */
DEFINE_GUID(CLSID_SynchronizeContainer, 0x0000032d, 0x0000, 0x0000, 0xc0, 0x00, 0x00, 0x00,
            0x00, 0x00, 0x00, 0x46);

#endif
