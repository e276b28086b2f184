/*
 * The object that Wine's stub of an interface inherited from another proxy DLL gives the base
 * interface's stub, in the place of the server's: a table of methods that call the server's
 * object, without an identity. It says yes to each QueryInterface, and gives itself. So what
 * wants another interface of the server's object has to ask here first.
 */
#ifndef ASYNCSHIM_COM_STAND_IN_H
#define ASYNCSHIM_COM_STAND_IN_H

#include <stdbool.h>
#include <windows.h>
#include <objbase.h>

/* By asking for an interface that nobody has. In the object's apartment. */
bool is_stand_in(IUnknown *object);

#endif
