/*
 * The procedures of the interface `contexts`, included by context_handles_sync.idl and
 * context_handles_async.idl: the same wire, compiled once with synchronous stubs and once, by
 * an ACF, with asynchronous ones.
 */

  /* What holds is completed by the test (held_calls.h), by `number`. */
  void context_open([in] handle_t binding, [in] long id, [out] context_t *context);
  void context_open_held([in] handle_t binding, [in] long id, [in] long number,
                         [out] context_t *context);
  /* Sets *context, and aborts with `code`. */
  void context_open_fails([in] handle_t binding, [in] long id, [in] unsigned long code,
                          [out] context_t *context);
  /* The number of uses so far, this one included. */
  long context_use([in] context_t context);
  void context_hold([in] context_t context, [in] long number, [out] long *answer);
  /* Lets others use it meanwhile (RpcSsContextLockShared). */
  void context_hold_shared([in] context_t context, [in] long number, [out] long *answer);
  void context_use_two([in] context_t one, [in] context_t two);
  void context_hold_two([in] context_t one, [in] context_t two, [in] long number,
                        [out] long *answer);
  void context_close([in, out] context_t *context);
  /* NULLs it and completes when told. */
  void context_close_held([in, out] context_t *context, [in] long number);
  /* NULLs it, and aborts with `code`. */
  void context_close_fails([in, out] context_t *context, [in] unsigned long code);
  /* The manager routine raises `code`; the context stays what it is. */
  void context_fail([in, out] context_t *context, [in] unsigned long code);
  /* Closes one and opens another. */
  void context_replace([in, out] context_t *old, [in] long id, [out] context_t *fresh);
  /* Opens it where it is NULL: its number of uses. */
  long context_open_if_null([in] handle_t binding, [in, out] context_t *context, [in] long id);
