/* What our ole32.dll asks for by name. No function of Windows. */
#include "com_call.h"

const struct com_cancels *WINAPI AsyncshimComCancels(void);

const struct com_cancels *WINAPI AsyncshimComCancels(void)
{
  return &com_cancels;
}
