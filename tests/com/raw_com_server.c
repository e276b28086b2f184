#include "raw_com_server.h"

#include <rpc.h>
#include <rpcndr.h>

#include "numbers_object.h"

/* OBJREF with STDOBJREF. [MS-DCOM, 2.2.18] */
#define OBJREF_OXID 32
#define OBJREF_OID  40
#define OBJREF_IPID 48

/* No apartment's. */
static const ULONGLONG oxid = 0x4711471147114711;

static char answer[4096];
static size_t answer_length;

static void RPC_ENTRY dispatch(RPC_MESSAGE *message)
{
  message->BufferLength = (unsigned int)answer_length;
  CHECK_EQ(I_RpcGetBuffer(message), RPC_S_OK);
  memcpy(message->Buffer, answer, answer_length);
}

static void start(void)
{
  static RPC_DISPATCH_FUNCTION functions[] = {dispatch, dispatch, dispatch, dispatch, NULL};
  static RPC_DISPATCH_TABLE table = {4, functions, 0};
  static RPC_SERVER_INTERFACE specification;
  WCHAR endpoint[64];

  specification.Length = sizeof(specification);
  specification.InterfaceId.SyntaxGUID = IID_INumbers;
  specification.DispatchTable = &table;
  wsprintfW(endpoint, L"\\pipe\\OLE_%08lx%08lx", (ULONG)(oxid >> 32), (ULONG)oxid);
  CHECK_EQ(RpcServerUseProtseqEpW((RPC_WSTR)L"ncalrpc", RPC_C_PROTSEQ_MAX_REQS_DEFAULT,
                                  (RPC_WSTR)endpoint, NULL),
           RPC_S_OK);
  CHECK_EQ(RpcServerRegisterIfEx(&specification, NULL, NULL, RPC_IF_AUTOLISTEN, 10, NULL),
           RPC_S_OK);
}

static void patch(char *reference, size_t offset, const void *bytes, size_t size)
{
  for (size_t i = 0; i < size; i++) {
    char digits[3];

    sprintf(digits, "%02x", ((const unsigned char *)bytes)[i]);
    memcpy(reference + 2 * (offset + i), digits, 2);
  }
}

INumbers *raw_com_server_start(void)
{
  static struct numbers_object object; /* its reference is the pattern */
  char reference[256];
  GUID ipid;

  start();
  numbers_object_init(&object);
  numbers_to_text((IUnknown *)&object.numbers, reference, sizeof(reference));
  CHECK_EQ(CoCreateGuid(&ipid), S_OK);
  patch(reference, OBJREF_OXID, &oxid, sizeof(oxid));
  patch(reference, OBJREF_OID, &oxid, sizeof(oxid));
  patch(reference, OBJREF_IPID, &ipid, sizeof(ipid));
  return numbers_from_text(reference);
}

void raw_com_server_answer(const void *bytes, size_t length)
{
  CHECK(length <= sizeof(answer));
  memcpy(answer, bytes, length);
  answer_length = length;
}
