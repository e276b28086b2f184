/*
 * Strings between the application's code page, UTF-16 and whoever frees them.
 *
 * Inside the runtime strings are UTF-16 and come from malloc(). What an application frees with
 * RpcStringFree goes to Wine's own DLL, whose heap is not ours: the text_for_application family
 * allocates there (engine.I_RpcAllocate). Each function returns NULL for NULL and where memory
 * is short. Any thread.
 */
#ifndef ASYNCSHIM_BINDING_TEXT_H
#define ASYNCSHIM_BINDING_TEXT_H

#include <windows.h>
#include <rpc.h>

WCHAR *text_from_ansi(const char *ansi);
char *text_to_ansi(const WCHAR *text);

/* To be freed by RpcStringFreeW and RpcStringFreeA. */
WCHAR *text_for_application(const WCHAR *text);
char *text_for_application_ansi(const WCHAR *text);
/* The same for a string that was made for the application already, which is freed. RPC_S_OK,
 * RPC_S_OUT_OF_MEMORY. */
RPC_STATUS text_hand_over_ansi(RPC_WSTR text, RPC_CSTR *ansi);

#endif
