/*
 * A client of one bitness and a server of the other, each with its own proxy DLL. Each build
 * has the tests of its own clients; the server is the same program of the build beside it.
 */
#include <stdlib.h>

#include "places.h"

/* ASYNCSHIM_OTHER_PROGRAM: a path of the host. */
static void check_process(enum apartment server)
{
  const char *path = getenv("ASYNCSHIM_OTHER_PROGRAM");
  char program[MAX_PATH];
  DWORD type;

  CHECK(path && path[0] == '/');
  CHECK(snprintf(program, sizeof(program), "Z:%s", path) < (int)sizeof(program));
  CHECK(GetBinaryTypeA(program, &type));
  CHECK_EQ(type, sizeof(void *) == 8 ? SCS_32BIT_BINARY : SCS_64BIT_BINARY);
  places_call_process(server, program);
}

IN_MTA(calls_go_from_the_mta_to_the_mta_of_a_process_of_the_other_bitness)
{
  check_process(MTA);
}

IN_MTA(calls_go_from_the_mta_to_an_sta_of_a_process_of_the_other_bitness)
{
  check_process(STA);
}

IN_STA(calls_go_from_an_sta_to_the_mta_of_a_process_of_the_other_bitness)
{
  check_process(MTA);
}

IN_STA(calls_go_from_an_sta_to_an_sta_of_a_process_of_the_other_bitness)
{
  check_process(STA);
}
