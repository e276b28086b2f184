#include "sha256.h"

#include <wincrypt.h>

static DWORD hash_contents(HANDLE file, HCRYPTHASH hash)
{
  static const DWORD chunk = 64 * 1024;
  BYTE *buffer = HeapAlloc(GetProcessHeap(), 0, chunk);
  if (!buffer)
    return ERROR_NOT_ENOUGH_MEMORY;
  DWORD read = 0, error = ERROR_SUCCESS;
  do {
    if (!ReadFile(file, buffer, chunk, &read, NULL) || !CryptHashData(hash, buffer, read, 0)) {
      error = GetLastError();
      break;
    }
  } while (read);
  HeapFree(GetProcessHeap(), 0, buffer);
  return error;
}

DWORD sha256_file(const WCHAR *path, BYTE digest[32])
{
  HCRYPTPROV provider = 0;
  HCRYPTHASH hash = 0;
  DWORD error, size = 32;
  HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                            OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN, NULL);
  if (file == INVALID_HANDLE_VALUE)
    return GetLastError();

  if (!CryptAcquireContextW(&provider, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT) ||
      !CryptCreateHash(provider, CALG_SHA_256, 0, 0, &hash))
    error = GetLastError();
  else
    error = hash_contents(file, hash);
  if (!error && !CryptGetHashParam(hash, HP_HASHVAL, digest, &size, 0))
    error = GetLastError();

  if (hash)
    CryptDestroyHash(hash);
  if (provider)
    CryptReleaseContext(provider, 0);
  CloseHandle(file);
  return error;
}
