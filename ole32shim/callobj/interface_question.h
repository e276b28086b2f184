/*
 * Whether a remote object has an interface: RemQueryInterface, without waiting. It is asked
 * when a call object is made for an interface that the client has no proxy of; the calls that
 * are begun meanwhile wait for the answer (call_request.h).
 *
 *   asked --the reply, or that there is none--> answered
 *
 * The references that come with the answer keep the object alive; they are given back, again
 * without waiting, with the last reference of the question.
 *
 * Counted: the call object's, its channel's, and one while it is asked. `lock` guards the rest;
 * no call is made under it. Any thread.
 */
#ifndef ASYNCSHIM_OLE32_INTERFACE_QUESTION_H
#define ASYNCSHIM_OLE32_INTERFACE_QUESTION_H

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>
#include <objbase.h>

struct call_channel;
struct interface_question;

/* `ipid`: any interface of the object at the exporter `oxid`. S_OK with one reference;
 * E_OUTOFMEMORY; what the runtime said. */
HRESULT interface_question_ask(uint64_t oxid, const GUID *ipid, REFIID iid,
                               struct interface_question **question);
void interface_question_add_reference(struct interface_question *question);
void interface_question_release(struct interface_question *question);

/* Waits as com_wait() does. The answer; RPC_S_CALLPENDING: there is none yet. */
HRESULT interface_question_wait(struct interface_question *question, DWORD milliseconds);
/* Once it is answered. S_OK with the interface's IPID; E_NOINTERFACE; what became of the call.
 */
HRESULT interface_question_answer(struct interface_question *question, GUID *ipid);
/* call_request_answered(channel) will be called, on any thread; once, also where a channel is
 * parked again before the answer. false: there is an answer already. It is for one channel. */
bool interface_question_park(struct interface_question *question, struct call_channel *channel);

#endif
