/*
 * Principal names of certificates, as Schannel's servers have them. Calls with such a name are
 * of no kind that the runtime makes; the name is the certificate's, whoever uses it. Any
 * thread.
 */
#include <stdlib.h>
#include <wchar.h>

#include <windows.h>
#include <rpc.h>
#include <wincrypt.h>
#include <rpcssl.h>

#include "text.h"

#define PREFIX        L"msstd:"
#define PREFIX_LENGTH (sizeof(PREFIX) / sizeof(WCHAR) - 1)

typedef __typeof__(&CertGetNameStringW) get_name_function;

/* A name of the certificate's subject, to be freed; NULL: it has none. */
static RPC_STATUS subject_name(get_name_function get_name, PCCERT_CONTEXT certificate,
                               DWORD type, const char *attribute, WCHAR **name)
{
  DWORD length = get_name(certificate, type, 0, (void *)attribute, NULL, 0);

  *name = NULL;
  if (length <= 1)
    return RPC_S_OK;
  *name = malloc(length * sizeof(**name));
  if (!*name)
    return RPC_S_OUT_OF_MEMORY;
  get_name(certificate, type, 0, (void *)attribute, *name, length);
  return RPC_S_OK;
}

/* Backslashes are doubled, as in string bindings. */
static WCHAR *standard_form(const WCHAR *name)
{
  WCHAR *form = malloc((PREFIX_LENGTH + 2 * wcslen(name) + 1) * sizeof(*form));
  WCHAR *end;

  if (!form)
    return NULL;
  wcscpy(form, PREFIX);
  end = form + PREFIX_LENGTH;
  for (; *name; name++) {
    if (*name == '\\')
      *end++ = '\\';
    *end++ = *name;
  }
  *end = 0;
  return form;
}

/* The address for mail, if it is one; else the common name. [Microsoft, "Principal Names"] */
static RPC_STATUS principal_name(get_name_function get_name, PCCERT_CONTEXT certificate,
                                 RPC_WSTR *name)
{
  WCHAR *subject, *form;
  RPC_STATUS status;

  status = subject_name(get_name, certificate, CERT_NAME_EMAIL_TYPE, NULL, &subject);
  if (status == RPC_S_OK && !(subject && wcschr(subject, '@'))) {
    free(subject);
    status =
        subject_name(get_name, certificate, CERT_NAME_ATTR_TYPE, szOID_COMMON_NAME, &subject);
  }
  if (status != RPC_S_OK)
    return status;
  if (!subject)
    return RPC_S_INVALID_ARG;
  form = standard_form(subject);
  *name = (RPC_WSTR)text_for_application(form);
  free(form);
  free(subject);
  return *name ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
}

/*
 * Microsoft: RpcCertGeneratePrincipalName. RPC_S_OK; RPC_S_INVALID_ARG, also for a certificate
 * whose subject has neither name; RPC_S_CANNOT_SUPPORT for the full form, that of the chain;
 * RPC_S_OUT_OF_MEMORY. Programs that do not look at the status, which is documented as none,
 * find NULL where there is no name.
 */
RPC_STATUS RPC_ENTRY RpcCertGeneratePrincipalNameW(PCCERT_CONTEXT Context, DWORD Flags,
                                                   RPC_WSTR *pBuffer)
{
  RPC_STATUS status = RPC_S_CANNOT_SUPPORT;
  get_name_function get_name;
  HMODULE module;

  if (!pBuffer)
    return RPC_S_INVALID_ARG;
  *pBuffer = NULL;
  if (!Context || (Flags & ~RPC_C_FULL_CERT_CHAIN))
    return RPC_S_INVALID_ARG;
  if (Flags & RPC_C_FULL_CERT_CHAIN)
    return RPC_S_CANNOT_SUPPORT;
  /* Loaded already: the certificate is its. */
  module = LoadLibraryW(L"crypt32.dll");
  if (!module)
    return RPC_S_OUT_OF_MEMORY;
  get_name = (get_name_function)(void *)GetProcAddress(module, "CertGetNameStringW");
  if (get_name)
    status = principal_name(get_name, Context, pBuffer);
  FreeLibrary(module);
  return status;
}

RPC_STATUS RPC_ENTRY RpcCertGeneratePrincipalNameA(PCCERT_CONTEXT Context, DWORD Flags,
                                                   RPC_CSTR *pBuffer)
{
  RPC_STATUS status;
  RPC_WSTR name;

  if (!pBuffer)
    return RPC_S_INVALID_ARG;
  *pBuffer = NULL;
  status = RpcCertGeneratePrincipalNameW(Context, Flags, &name);
  return status == RPC_S_OK ? text_hand_over_ansi(name, pBuffer) : status;
}
