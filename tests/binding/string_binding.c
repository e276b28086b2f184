/*
 * String bindings: which are taken, what becomes of them, and the status for each way to be
 * wrong.
 */
#include "harness.h"

#include <rpc.h>

static RPC_BINDING_HANDLE bind_string(const WCHAR *string)
{
  RPC_BINDING_HANDLE binding = NULL;

  CHECK_EQ(RpcBindingFromStringBindingW((RPC_WSTR)string, &binding), RPC_S_OK);
  CHECK(binding);
  return binding;
}

static void check_becomes(const WCHAR *string, const WCHAR *expected)
{
  RPC_BINDING_HANDLE binding = bind_string(string);
  RPC_WSTR text = NULL;

  CHECK_EQ(RpcBindingToStringBindingW(binding, &text), RPC_S_OK);
  CHECK_WIDE_EQ((const WCHAR *)text, expected);
  CHECK_EQ(RpcStringFreeW(&text), RPC_S_OK);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
  CHECK(!binding);
}

TEST(canonical_strings_survive_a_round_trip)
{
  static const WCHAR *const strings[] = {
      L"ncalrpc:",
      L"ncalrpc:[name]",
      L"ncalrpc:[OLE\\\\name with \\[brackets\\]]",
      L"ncacn_ip_tcp:",
      L"ncacn_ip_tcp:127.0.0.1",
      L"ncacn_ip_tcp:127.0.0.1[4711]",
      L"ncacn_ip_tcp:host.example[65535]",
      L"ncacn_np:.[\\\\pipe\\\\name]",
      L"ncacn_np:host[\\\\pipe\\\\name,Security=Identification Static True]",
      L"00112233-4455-6677-8899-aabbccddeeff@ncalrpc:[name]",
      L"ncalrpc:[one\\, two\\=three]",
      L"ncacn_np:.[\\\\pipe\\\\a\\,b,Security=Identification Static True]",
  };

  for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
    check_becomes(strings[i], strings[i]);
}

TEST(other_spellings_become_canonical)
{
  check_becomes(L"NCALRPC:[name]", L"ncalrpc:[name]");
  check_becomes(L"ncacn_ip_tcp:localhost[endpoint=4711]", L"ncacn_ip_tcp:localhost[4711]");
  check_becomes(L"00000000-0000-0000-0000-000000000000@ncalrpc:[name]", L"ncalrpc:[name]");
  check_becomes(L"AABBCCDD-4455-6677-8899-AABBCCDDEEFF@ncalrpc:",
                L"aabbccdd-4455-6677-8899-aabbccddeeff@ncalrpc:");
  check_becomes(L"ncalrpc:[]", L"ncalrpc:");
}

TEST(every_character_survives_composing_and_parsing)
{
  static WCHAR endpoint[] = L"a,b=c[d]@e:f\\g\\", address[] = L"h@o:s[t]", found[] = L"ncalrpc",
               options[] = L"Security=Anonymous Dynamic False";
  RPC_WSTR text, parts[5];

  CHECK_EQ(RpcStringBindingComposeW(NULL, (RPC_WSTR)found, (RPC_WSTR)address,
                                    (RPC_WSTR)endpoint, (RPC_WSTR)options, &text),
           RPC_S_OK);
  CHECK_EQ(RpcStringBindingParseW(text, &parts[0], &parts[1], &parts[2], &parts[3], &parts[4]),
           RPC_S_OK);
  CHECK_WIDE_EQ((WCHAR *)parts[0], L"");
  CHECK_WIDE_EQ((WCHAR *)parts[1], found);
  CHECK_WIDE_EQ((WCHAR *)parts[2], address);
  CHECK_WIDE_EQ((WCHAR *)parts[3], endpoint);
  CHECK_WIDE_EQ((WCHAR *)parts[4], options);
  for (size_t i = 0; i < 5; i++)
    CHECK_EQ(RpcStringFreeW(&parts[i]), RPC_S_OK);
  CHECK_EQ(RpcStringFreeW(&text), RPC_S_OK);
}

/* As Windows has it: Wine's own tests say so. */
TEST(parsing_gives_all_parts_or_none)
{
  static unsigned char whole[] =
      "00000000-0000-0000-c000-000000000046@ncacn_np:.[endpoint=\\pipe\\test]";
  static unsigned char no_uuid[] = "{00000000-0000-0000-c000-000000000046}@ncacn_np:.[test]";
  static unsigned char no_protocol[] = "00000000-0000-0000-c000-000000000046@ncacn_np";
  RPC_CSTR parts[5];

  CHECK_EQ(RpcStringBindingParseA(whole, &parts[0], &parts[1], &parts[2], &parts[3], &parts[4]),
           RPC_S_OK);
  CHECK(!strcmp((char *)parts[0], "00000000-0000-0000-c000-000000000046"));
  CHECK(!strcmp((char *)parts[1], "ncacn_np"));
  CHECK(!strcmp((char *)parts[2], "."));
  CHECK(!strcmp((char *)parts[3], "pipetest"));
  CHECK(!strcmp((char *)parts[4], ""));
  for (size_t i = 0; i < 5; i++)
    CHECK_EQ(RpcStringFreeA(&parts[i]), RPC_S_OK);
  CHECK_EQ(RpcStringBindingParseA(no_uuid, &parts[0], &parts[1], &parts[2], NULL, NULL),
           RPC_S_INVALID_STRING_UUID);
  CHECK(!parts[0] && !parts[1] && !parts[2]);
  parts[0] = whole;
  CHECK_EQ(RpcStringBindingParseA(no_protocol, &parts[0], NULL, NULL, NULL, NULL),
           RPC_S_INVALID_STRING_BINDING);
  CHECK(!parts[0]);
}

TEST(ansi_and_wide_forms_agree)
{
  static unsigned char string[] = "ncacn_np:host[\\\\pipe\\\\n\xe4me]";
  RPC_BINDING_HANDLE binding = NULL;
  RPC_CSTR text = NULL;

  CHECK_EQ(RpcBindingFromStringBindingA(string, &binding), RPC_S_OK);
  CHECK_EQ(RpcBindingToStringBindingA(binding, &text), RPC_S_OK);
  CHECK(!strcmp((const char *)text, (const char *)string));
  CHECK_EQ(RpcStringFreeA(&text), RPC_S_OK);
  CHECK_EQ(RpcBindingFree(&binding), RPC_S_OK);
}

TEST(wrong_strings_get_their_status)
{
  static const struct {
    const WCHAR *string;
    RPC_STATUS status;
  } wrong[] = {
      {L"", RPC_S_INVALID_STRING_BINDING},
      {L"ncalrpc", RPC_S_INVALID_STRING_BINDING},
      {L"ncalrpc:[name", RPC_S_INVALID_STRING_BINDING},
      {L"ncalrpc:[name]more", RPC_S_INVALID_STRING_BINDING},
      {L"ncalrpc:[name,other]", RPC_S_INVALID_STRING_BINDING},
      {L"ncalrpc:\\", RPC_S_INVALID_STRING_BINDING},
      {L"ncalrpc:[name\\", RPC_S_INVALID_STRING_BINDING},
      {L"no-uuid@ncalrpc:[name]", RPC_S_INVALID_STRING_UUID},
      {L"carrier_pigeon:[name]", RPC_S_INVALID_RPC_PROTSEQ},
      {L":[name]", RPC_S_INVALID_RPC_PROTSEQ},
      {L"ncadg_ip_udp:127.0.0.1[4711]", RPC_S_PROTSEQ_NOT_SUPPORTED},
      {L"ncacn_ip_tcp:127.0.0.1[65536]", RPC_S_INVALID_ENDPOINT_FORMAT},
      {L"ncacn_ip_tcp:127.0.0.1[99999999999999999999]", RPC_S_INVALID_ENDPOINT_FORMAT},
      {L"ncacn_ip_tcp:127.0.0.1[http]", RPC_S_INVALID_ENDPOINT_FORMAT},
      {L"ncacn_ip_tcp:127.0.0.1[-1]", RPC_S_INVALID_ENDPOINT_FORMAT},
  };

  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    RPC_BINDING_HANDLE binding = (RPC_BINDING_HANDLE)(ULONG_PTR)0xdead;
    RPC_STATUS status = RpcBindingFromStringBindingW((RPC_WSTR)wrong[i].string, &binding);

    if (status != wrong[i].status)
      test_note("\"%ls\"", wrong[i].string);
    CHECK_EQ(status, wrong[i].status);
    CHECK_EQ((ULONG_PTR)binding, 0xdead);
  }
}

TEST(null_arguments_are_refused)
{
  static WCHAR string[] = L"ncalrpc:[name]";
  RPC_BINDING_HANDLE binding;

  CHECK_EQ(RpcBindingFromStringBindingW(NULL, &binding), RPC_S_INVALID_STRING_BINDING);
  CHECK_EQ(RpcBindingFromStringBindingA(NULL, &binding), RPC_S_INVALID_STRING_BINDING);
  CHECK_EQ(RpcBindingFromStringBindingW((RPC_WSTR)string, NULL), RPC_S_INVALID_ARG);
}
