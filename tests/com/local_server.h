/*
 * A process with a class object, whose objects clients get by CoCreateInstance.
 */
#ifndef ASYNCSHIM_TESTS_LOCAL_SERVER_H
#define ASYNCSHIM_TESTS_LOCAL_SERVER_H

/*
 * Starts one, and calls synchronously and asynchronously, with an ICallFactory that comes from
 * CoCreateInstance, too. `program`: of that process, which is linked with this file; NULL: this
 * program.
 */
void local_server_call(const char *program);

#endif
