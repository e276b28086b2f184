/* SHA-256 of a file, by the Windows cryptography API. */
#ifndef SHA256_H
#define SHA256_H

#include <windows.h>

/* ERROR_SUCCESS, or the Win32 error of what went wrong. */
DWORD sha256_file(const WCHAR *path, BYTE digest[32]);

#endif
