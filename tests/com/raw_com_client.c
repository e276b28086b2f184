#include "numbers_calls.h"

#include "raw_com_client.h"

#include <stdlib.h>

/* OBJREF with STDOBJREF. [MS-DCOM, 2.2.18] */
#define OBJREF_OXID 32
#define OBJREF_IPID 48
/* ORPCTHIS and ORPCTHAT without extensions. [MS-DCOM, 2.2.13.3, 2.2.13.4] */
#define ORPCTHIS_SIZE 32
#define ORPCTHAT_SIZE 8

static void reference_bytes(const char *reference, size_t offset, void *bytes, size_t size)
{
  CHECK(strlen(reference) >= 2 * (offset + size));
  for (size_t i = 0; i < size; i++) {
    char digits[3] = {reference[2 * (offset + i)], reference[2 * (offset + i) + 1], 0};

    ((unsigned char *)bytes)[i] = (unsigned char)strtoul(digits, NULL, 16);
  }
}

void raw_com_client_connect(struct raw_com_client *client, const char *reference, REFIID iid)
{
  ULONGLONG oxid;
  UUID ipid;
  WCHAR endpoint[64];
  RPC_WSTR text;

  CHECK_EQ(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
  client->proxy = numbers_from_text(reference);
  reference_bytes(reference, OBJREF_OXID, &oxid, sizeof(oxid));
  reference_bytes(reference, OBJREF_IPID, &ipid, sizeof(ipid));
  wsprintfW(endpoint, L"\\pipe\\OLE_%08lx%08lx", (ULONG)(oxid >> 32), (ULONG)oxid);
  CHECK_EQ(RpcStringBindingComposeW(NULL, (RPC_WSTR)L"ncalrpc", NULL, (RPC_WSTR)endpoint, NULL,
                                    &text),
           RPC_S_OK);
  CHECK_EQ(RpcBindingFromStringBindingW(text, &client->binding), RPC_S_OK);
  RpcStringFreeW(&text);
  CHECK_EQ(RpcBindingSetObject(client->binding, &ipid), RPC_S_OK);
  memset(&client->interface_spec, 0, sizeof(client->interface_spec));
  client->interface_spec.Length = sizeof(client->interface_spec);
  client->interface_spec.InterfaceId.SyntaxGUID = *iid;
}

void raw_com_client_disconnect(struct raw_com_client *client)
{
  CHECK_EQ(RpcBindingFree(&client->binding), RPC_S_OK);
  INumbers_Release(client->proxy);
  CoUninitialize();
}

void raw_com_call_send_header(struct raw_com_client *client, struct raw_com_call *call,
                              const void *header, size_t length, unsigned int method,
                              LONG value)
{
  RPC_MESSAGE *message = &call->message;

  memset(call, 0, sizeof(*call));
  message->Handle = client->binding;
  message->DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION;
  message->RpcInterfaceInformation = &client->interface_spec;
  message->ProcNum = method;
  message->BufferLength = (unsigned int)(length + sizeof(value));
  CHECK_EQ(I_RpcGetBuffer(message), RPC_S_OK);
  memcpy(message->Buffer, header, length);
  memcpy((char *)message->Buffer + length, &value, sizeof(value));
  CHECK_EQ(RpcAsyncInitializeHandle(&call->state, sizeof(call->state)), RPC_S_OK);
  call->state.NotificationType = RpcNotificationTypeEvent;
  call->state.u.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
  CHECK(call->state.u.hEvent);
  CHECK_EQ(I_RpcAsyncSetHandle(message, &call->state), RPC_S_OK);
  CHECK_EQ(I_RpcSend(message), RPC_S_OK);
}

void raw_com_call_send(struct raw_com_client *client, struct raw_com_call *call,
                       unsigned int method, LONG value)
{
  static const unsigned char header[ORPCTHIS_SIZE] = {5, 0, 1, 0}; /* the version */

  raw_com_call_send_header(client, call, header, sizeof(header), method, value);
}

RPC_STATUS raw_com_call_fail(struct raw_com_call *call)
{
  CHECK_SIGNALLED(call->state.u.hEvent);
  CloseHandle(call->state.u.hEvent);
  return I_RpcReceive(&call->message, 0);
}

LONG raw_com_call_receive(struct raw_com_call *call)
{
  const LONG *reply;
  LONG value;

  CHECK_SIGNALLED(call->state.u.hEvent);
  CloseHandle(call->state.u.hEvent);
  CHECK_EQ(I_RpcReceive(&call->message, 0), RPC_S_OK);
  CHECK_EQ(call->message.BufferLength, ORPCTHAT_SIZE + 2 * sizeof(LONG));
  reply = call->message.Buffer;
  CHECK_EQ(reply[0], 0);
  CHECK_EQ(reply[1], 0);
  value = reply[2];
  CHECK_EQ(reply[3], S_OK);
  CHECK_EQ(I_RpcFreeBuffer(&call->message), RPC_S_OK);
  return value;
}
