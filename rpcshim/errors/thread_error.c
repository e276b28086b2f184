#include "thread_error.h"

#include <string.h>

#include "../wire/error_info.h"

/* Combase's own, which it calls when proxies come and go. */
static const IID remote_unknown = {
    0x131, 0, 0, {0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46}};
static const IID remote_unknown_2 = {
    0x143, 0, 0, {0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46}};

bool thread_error_is_kept(REFIID iid)
{
  return IsEqualIID(iid, &IID_ISupportErrorInfo) || IsEqualIID(iid, &IID_IUnknown) ||
         IsEqualIID(iid, &remote_unknown) || IsEqualIID(iid, &remote_unknown_2);
}

/* They take what is const, and copy it. */
static LPOLESTR text_of(const struct error_text *text)
{
  return (LPOLESTR)text->utf16;
}

static void fill_in(ICreateErrorInfo *object, const struct error_info *error)
{
  GUID iid;

  memcpy(&iid, &error->iid, sizeof(iid));
  ICreateErrorInfo_SetGUID(object, &iid);
  ICreateErrorInfo_SetHelpContext(object, error->help_context);
  if (error->source.utf16)
    ICreateErrorInfo_SetSource(object, text_of(&error->source));
  if (error->description.utf16)
    ICreateErrorInfo_SetDescription(object, text_of(&error->description));
  if (error->help_file.utf16)
    ICreateErrorInfo_SetHelpFile(object, text_of(&error->help_file));
}

IErrorInfo *thread_error_create(const struct error_functions *functions, const void *data,
                                size_t length)
{
  ICreateErrorInfo *maker;
  struct error_info error;
  IErrorInfo *object;

  if (!data || !error_info_read(&error, data, length) || FAILED(functions->create(&maker)))
    return NULL;
  fill_in(maker, &error);
  if (FAILED(ICreateErrorInfo_QueryInterface(maker, &IID_IErrorInfo, (void **)&object)))
    object = NULL;
  ICreateErrorInfo_Release(maker);
  return object;
}

IErrorInfo *thread_error_exchange(const struct error_functions *functions, IErrorInfo *error)
{
  IErrorInfo *former = NULL;

  /* Taken out before, so that there is none for SetErrorInfo to release. */
  if (functions->get(0, &former) != S_OK)
    former = NULL;
  if (error)
    functions->set(0, error);
  return former;
}

void thread_error_receive(const struct error_functions *functions, const void *data,
                          size_t length)
{
  IErrorInfo *error = thread_error_create(functions, data, length);
  IErrorInfo *former = thread_error_exchange(functions, error);

  if (error)
    IErrorInfo_Release(error);
  if (former)
    IErrorInfo_Release(former);
}
