/* CoRegisterMessageFilter: Microsoft, "CoRegisterMessageFilter function". */
#include "message_filter.h"

HRESULT WINAPI CoRegisterMessageFilter(IMessageFilter *filter, IMessageFilter **former)
{
  return message_filter_register(filter, former);
}
