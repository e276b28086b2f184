#include "wine_server.h"

#define TRIES  8
#define TRY_MS 6000

void wine_server_try(const char *role)
{
  for (int i = 0; i < TRIES; i++) {
    struct helper caller;
    helper_start(&caller, role, "", runtime_expected());
    if (WaitForSingleObject(caller.process, TRY_MS) == WAIT_OBJECT_0) {
      helper_stop(&caller);
      return;
    }
    test_note("Wine's server has not answered");
    helper_kill(&caller);
  }
  check_failed(__FILE__, __LINE__, "Wine's server has never answered all calls");
}
