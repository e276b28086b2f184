#include "error_server.h"

#include <stdlib.h>

#include "numbers_calls.h"
#include "proxy_dll.h"

const enum server_calls_manner error_manners[ERROR_MANNERS] = {
    LACK_FACTORY, REFUSE_CALL, SIGNAL_IN_BEGIN, SIGNAL_FROM_THREAD};

static void wait_for_stop(void *unused)
{
  (void)unused;
  helper_wait_for_stop();
}

/* Arguments: apartment, manner. */
HELPER(error_server)
{
  static struct error_object object;
  char text[256];
  bool sta;

  CHECK_EQ(argc, 2);
  sta = atoi(argv[0]) == STA;
  proxy_dll_register();
  CHECK_EQ(CoInitializeEx(NULL, sta ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED), S_OK);
  error_object_init(&object, atoi(argv[1]));
  numbers_to_text((IUnknown *)&object.calls.numbers.numbers, text, sizeof(text));
  helper_ready(text);
  apartment_run(MTA, wait_for_stop, NULL);
  CoUninitialize();
}

void error_server_start(struct helper *server, enum apartment apartment,
                        enum server_calls_manner manner, const char *program)
{
  char arguments[32];

  proxy_dll_register();
  snprintf(arguments, sizeof(arguments), "%d %d", apartment, manner);
  if (program)
    helper_start_program(server, program, "error_server", arguments);
  else
    helper_start(server, "error_server", arguments, RUNTIME_SHIM);
}

void error_server_call(enum apartment apartment, const char *program)
{
  for (size_t i = 0; i < ERROR_MANNERS; i++) {
    struct helper server;
    INumbers *numbers;

    error_server_start(&server, apartment, error_manners[i], program);
    numbers = numbers_from_text(server.text);
    error_call_all(numbers, error_square_synchronous);
    error_call_all(numbers, error_square_asynchronous);
    INumbers_Release(numbers);
    helper_stop(&server);
  }
}
