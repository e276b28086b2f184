#include "error_reply.h"

#include <stdlib.h>
#include <string.h>

#include "../wire/error_info.h"
#include "com_library.h"
#include "foreign_function.h"

/* Whose object gives strings has loaded their DLL. */
struct string_library {
  __typeof__(&SysFreeString) SysFreeString;
  __typeof__(&SysStringLen) SysStringLen;
};

/* What an object says; the strings are ours. */
struct error_strings {
  BSTR source, description, help_file;
};

static bool string_library_load(struct string_library *library)
{
  HMODULE oleaut32 = foreign_dll_load("oleaut32.dll");

  return foreign_function_find(oleaut32, "SysFreeString", &library->SysFreeString) &&
         foreign_function_find(oleaut32, "SysStringLen", &library->SysStringLen);
}

bool error_reply_is_supported(IUnknown *object, REFIID iid)
{
  ISupportErrorInfo *support;
  HRESULT result;

  if (!object ||
      FAILED(IUnknown_QueryInterface(object, &IID_ISupportErrorInfo, (void **)&support)))
    return false;
  result = ISupportErrorInfo_InterfaceSupportsErrorInfo(support, iid);
  ISupportErrorInfo_Release(support);
  return result == S_OK;
}

/* No half of a character at the end. */
static struct error_text text_of(const struct string_library *library, BSTR string)
{
  struct error_text text = {(const uint8_t *)string,
                            string ? library->SysStringLen(string) : 0};

  if (text.length > ERROR_TEXT_LIMIT) {
    text.length = ERROR_TEXT_LIMIT;
    if (IS_HIGH_SURROGATE(string[ERROR_TEXT_LIMIT - 1]))
      text.length--;
  }
  return text;
}

/* What the object does not say is not there. */
static void ask(IErrorInfo *error, struct error_info *info, struct error_strings *strings)
{
  GUID iid;
  DWORD help_context;

  if (SUCCEEDED(IErrorInfo_GetGUID(error, &iid)))
    memcpy(&info->iid, &iid, sizeof(info->iid));
  if (SUCCEEDED(IErrorInfo_GetHelpContext(error, &help_context)))
    info->help_context = help_context;
  if (FAILED(IErrorInfo_GetSource(error, &strings->source)))
    strings->source = NULL;
  if (FAILED(IErrorInfo_GetDescription(error, &strings->description)))
    strings->description = NULL;
  if (FAILED(IErrorInfo_GetHelpFile(error, &strings->help_file)))
    strings->help_file = NULL;
}

static void write_info(struct error_reply *reply, const struct error_info *info)
{
  reply->length = error_info_size(info);
  reply->data = malloc(reply->length);
  if (reply->data)
    error_info_write(info, reply->data);
}

static void marshal(struct error_reply *reply, IErrorInfo *error)
{
  struct error_strings strings = {NULL, NULL, NULL};
  struct string_library library;
  struct error_info info = {.help_context = 0};

  if (!string_library_load(&library))
    return;
  ask(error, &info, &strings);
  info.source = text_of(&library, strings.source);
  info.description = text_of(&library, strings.description);
  info.help_file = text_of(&library, strings.help_file);
  write_info(reply, &info);
  library.SysFreeString(strings.source);
  library.SysFreeString(strings.description);
  library.SysFreeString(strings.help_file);
}

void error_reply_create(struct error_reply *reply, IErrorInfo *error)
{
  *reply = (struct error_reply){NULL, 0};
  if (!error)
    return;
  marshal(reply, error);
  IErrorInfo_Release(error);
  if (!reply->data)
    reply->length = 0;
}

void error_reply_destroy(struct error_reply *reply)
{
  free(reply->data);
  *reply = (struct error_reply){NULL, 0};
}
