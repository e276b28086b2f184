#include "interface_question.h"

#include <stdlib.h>

#include "../remote/object_reference.h"
#include "../remote/remote_unknown_message.h"
#include "../sync/com_wait.h"
#include "call_request.h"
#include "remote_unknown_call.h"

struct interface_question {
  LONG references;
  uint64_t oxid;
  struct call_channel *asking; /* its own, to IRemUnknown */
  HANDLE answered_event;

  SRWLOCK lock;
  bool answered;               /* lock */
  struct call_channel *parked; /* lock: with a reference */
  struct query_result answer;  /* once it is answered */
};

void interface_question_add_reference(struct interface_question *question)
{
  InterlockedIncrement(&question->references);
}

static void give_back(struct interface_question *question)
{
  struct interface_reference reference = {question->answer.reference.ipid,
                                          question->answer.reference.public_references, 0};

  if (question->answered && SUCCEEDED(question->answer.result))
    remote_unknown_call_release(question->oxid, &reference, 1);
}

void interface_question_release(struct interface_question *question)
{
  if (InterlockedDecrement(&question->references))
    return;
  give_back(question);
  if (question->asking)
    call_channel_release(question->asking);
  if (question->answered_event)
    CloseHandle(question->answered_event);
  free(question);
}

/* The hook of its channel: the call is complete. */
static void take_answer(void *context)
{
  struct interface_question *question = context;
  struct query_result answer = {0};
  struct call_channel *parked;
  RPCOLEMESSAGE reply;
  HRESULT result = remote_unknown_call_wait_query(question->asking, &reply);

  if (SUCCEEDED(result))
    result = remote_unknown_call_finish_query(question->asking, &reply, &answer, 1);
  if (FAILED(result))
    answer.result = result;
  AcquireSRWLockExclusive(&question->lock);
  question->answer = answer;
  question->answered = true;
  parked = question->parked;
  question->parked = NULL;
  ReleaseSRWLockExclusive(&question->lock);
  SetEvent(question->answered_event);
  if (parked) {
    call_request_answered(parked);
    call_channel_release(parked);
  }
  interface_question_release(question);
}

static HRESULT ask(struct interface_question *question, const GUID *ipid, REFIID iid)
{
  HRESULT result = remote_unknown_call_create(question->oxid, &question->asking);

  if (FAILED(result))
    return result;
  call_channel_set_hook(question->asking, take_answer, question);
  interface_question_add_reference(question);
  result = remote_unknown_call_begin_query(question->asking, ipid, iid, 1);
  if (FAILED(result))
    question->references--; /* no answer will come */
  return result;
}

HRESULT interface_question_ask(uint64_t oxid, const GUID *ipid, REFIID iid,
                               struct interface_question **result)
{
  struct interface_question *question = calloc(1, sizeof(*question));
  HRESULT status = E_OUTOFMEMORY;

  *result = NULL;
  if (!question)
    return E_OUTOFMEMORY;
  question->references = 1;
  question->oxid = oxid;
  InitializeSRWLock(&question->lock);
  question->answered_event = CreateEventW(NULL, TRUE, FALSE, NULL);
  if (question->answered_event)
    status = ask(question, ipid, iid);
  if (FAILED(status)) {
    interface_question_release(question);
    return status;
  }
  *result = question;
  return S_OK;
}

HRESULT interface_question_wait(struct interface_question *question, DWORD milliseconds)
{
  DWORD index;
  HRESULT result = com_wait(COWAIT_DEFAULT, milliseconds, 1, &question->answered_event, &index);

  return result == S_OK ? question->answer.result : result;
}

HRESULT interface_question_answer(struct interface_question *question, GUID *ipid)
{
  *ipid = question->answer.reference.ipid;
  return question->answer.result;
}

bool interface_question_park(struct interface_question *question, struct call_channel *channel)
{
  bool parked;

  AcquireSRWLockExclusive(&question->lock);
  parked = !question->answered;
  if (parked && !question->parked) {
    call_channel_add_reference(channel);
    question->parked = channel;
  }
  ReleaseSRWLockExclusive(&question->lock);
  return parked;
}
