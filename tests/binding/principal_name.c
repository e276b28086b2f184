/*
 * RpcCertGeneratePrincipalName: what a certificate is called, and the status where it has no
 * name.
 */
#include "harness.h"

#include <rpc.h>
#include <wincrypt.h>
#include <rpcssl.h>

#define SIGNATURE_ALGORITHM ((char *)szOID_RSA_SHA1RSA)

static void encode(const char *type, const void *info, CRYPT_DATA_BLOB *encoded)
{
  CHECK(CryptEncodeObjectEx(X509_ASN_ENCODING, type, info, CRYPT_ENCODE_ALLOC_FLAG, NULL,
                            &encoded->pbData, &encoded->cbData));
}

/* That of `subject`, an X.500 name. Its key and its signature are no such: nobody looks. */
static PCCERT_CONTEXT certificate_of(const WCHAR *subject)
{
  static BYTE number[] = {1}, bits[] = {5, 0};
  BYTE name[512];
  CERT_INFO info = {.dwVersion = CERT_V3,
                    .SerialNumber = {sizeof(number), number},
                    .SignatureAlgorithm = {.pszObjId = SIGNATURE_ALGORITHM},
                    .Subject = {sizeof(name), name}};
  CERT_SIGNED_CONTENT_INFO content = {.SignatureAlgorithm = info.SignatureAlgorithm,
                                      .Signature = {sizeof(bits), bits, 0}};
  CRYPT_DATA_BLOB encoded;
  PCCERT_CONTEXT certificate;

  CHECK(CertStrToNameW(X509_ASN_ENCODING, subject, CERT_X500_NAME_STR, NULL, name,
                       &info.Subject.cbData, NULL));
  info.Issuer = info.Subject;
  GetSystemTimeAsFileTime(&info.NotBefore);
  info.NotAfter = info.NotBefore;
  info.SubjectPublicKeyInfo.Algorithm.pszObjId = (char *)szOID_RSA_RSA;
  info.SubjectPublicKeyInfo.PublicKey = content.Signature;
  encode(X509_CERT_TO_BE_SIGNED, &info, &content.ToBeSigned);
  encode(X509_CERT, &content, &encoded);
  certificate = CertCreateCertificateContext(X509_ASN_ENCODING, encoded.pbData, encoded.cbData);
  CHECK(certificate);
  LocalFree(content.ToBeSigned.pbData);
  LocalFree(encoded.pbData);
  return certificate;
}

static void check_name(const WCHAR *subject, const WCHAR *expected)
{
  PCCERT_CONTEXT certificate = certificate_of(subject);
  RPC_CSTR ansi = NULL;
  RPC_WSTR name = NULL;
  WCHAR wide[64];

  CHECK_EQ(RpcCertGeneratePrincipalNameW(certificate, 0, &name), RPC_S_OK);
  CHECK_WIDE_EQ((const WCHAR *)name, expected);
  CHECK_EQ(RpcStringFreeW(&name), RPC_S_OK);
  CHECK_EQ(RpcCertGeneratePrincipalNameA(certificate, 0, &ansi), RPC_S_OK);
  CHECK(MultiByteToWideChar(CP_ACP, 0, (const char *)ansi, -1, wide, ARRAYSIZE(wide)));
  CHECK_WIDE_EQ(wide, expected);
  CHECK_EQ(RpcStringFreeA(&ansi), RPC_S_OK);
  CHECK(CertFreeCertificateContext(certificate));
}

TEST(an_address_for_mail_goes_first)
{
  check_name(L"CN=server, E=server@example.org, O=nobody", L"msstd:server@example.org");
}

TEST(else_it_is_the_common_name)
{
  check_name(L"O=nobody, CN=server.example.org", L"msstd:server.example.org");
  check_name(L"CN=server, E=postmaster", L"msstd:server");
}

TEST(backslashes_are_doubled)
{
  check_name(L"CN=domain\\server", L"msstd:domain\\\\server");
}

TEST(what_has_no_name)
{
  PCCERT_CONTEXT nameless = certificate_of(L"O=nobody"), named = certificate_of(L"CN=server");
  RPC_WSTR name = (RPC_WSTR)L"before";
  RPC_CSTR ansi = (RPC_CSTR) "before";

  CHECK_EQ(RpcCertGeneratePrincipalNameW(nameless, 0, &name), RPC_S_INVALID_ARG);
  CHECK(!name);
  CHECK_EQ(RpcCertGeneratePrincipalNameA(nameless, 0, &ansi), RPC_S_INVALID_ARG);
  CHECK(!ansi);
  CHECK_EQ(RpcCertGeneratePrincipalNameW(named, 2, &name), RPC_S_INVALID_ARG);
  CHECK_EQ(RpcCertGeneratePrincipalNameW(named, 0, NULL), RPC_S_INVALID_ARG);
  CHECK_EQ(RpcCertGeneratePrincipalNameW(NULL, 0, &name), RPC_S_INVALID_ARG);
  name = (RPC_WSTR)L"before";
  CHECK_EQ(RpcCertGeneratePrincipalNameW(named, RPC_C_FULL_CERT_CHAIN, &name),
           RPC_S_CANNOT_SUPPORT);
  CHECK(!name);
  CertFreeCertificateContext(nameless);
  CertFreeCertificateContext(named);
}
