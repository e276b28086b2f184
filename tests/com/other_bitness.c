/*
 * A client of one bitness and a server of the other, each with its own proxy DLL. Each build
 * has the tests of its own clients; the server is the same program of the build beside it.
 */
#include <stdlib.h>

#include "error_server.h"
#include "local_server.h"
#include "places.h"

static char program[MAX_PATH];

/* ASYNCSHIM_OTHER_PROGRAM: a path of the host. */
static const char *other_program(void)
{
  const char *path = getenv("ASYNCSHIM_OTHER_PROGRAM");
  DWORD type;

  CHECK(path && path[0] == '/');
  CHECK(snprintf(program, sizeof(program), "Z:%s", path) < (int)sizeof(program));
  CHECK(GetBinaryTypeA(program, &type));
  CHECK_EQ(type, sizeof(void *) == 8 ? SCS_32BIT_BINARY : SCS_64BIT_BINARY);
  return program;
}

IN_MTA(calls_go_from_the_mta_to_the_mta_of_a_process_of_the_other_bitness)
{
  places_call_process(MTA, other_program());
}

IN_MTA(calls_go_from_the_mta_to_an_sta_of_a_process_of_the_other_bitness)
{
  places_call_process(STA, other_program());
}

IN_STA(calls_go_from_an_sta_to_the_mta_of_a_process_of_the_other_bitness)
{
  places_call_process(MTA, other_program());
}

IN_STA(calls_go_from_an_sta_to_an_sta_of_a_process_of_the_other_bitness)
{
  places_call_process(STA, other_program());
}

IN_MTA(objects_of_a_local_server_of_the_other_bitness_are_called_from_the_mta)
{
  local_server_call(other_program());
}

IN_STA(objects_of_a_local_server_of_the_other_bitness_are_called_from_an_sta)
{
  local_server_call(other_program());
}

IN_MTA(errors_travel_from_the_mta_of_a_process_of_the_other_bitness)
{
  error_server_call(MTA, other_program());
}

IN_STA(errors_travel_from_an_sta_of_a_process_of_the_other_bitness)
{
  error_server_call(STA, other_program());
}
