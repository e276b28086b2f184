/*
 * The procedures of the interface `calls`, included by calls_sync.idl and calls_async.idl: the
 * same wire, compiled once with synchronous stubs and once, by an ACF, with asynchronous ones.
 */

  /* a + b, at once. */
  long add([in] handle_t binding, [in] long a, [in] long b);
  /*
   * Waits in the server until somebody releases the call of that number, and says what they
   * gave.
   */
  void hold([in] handle_t binding, [in] long number, [out] long *answer);
  /* The same, with nothing to give back. */
  void hold_void([in] handle_t binding, [in] long number);
  /*
   * The same, with memory in both directions; `list` only so that the stub has to allocate
   * some.
   */
  long hold_memory([in] handle_t binding, [in] long number, [in, unique] node_t *list,
                   [in] long count, [in, size_is(count)] byte *data, [out] long *reply_count,
                   [out, size_is(, *reply_count)] byte **reply);
  /* The manager routine raises `code`. */
  long fail([in] handle_t binding, [in] unsigned long code, [out] long *never);
  void nothing([in] handle_t binding);

  hyper scalars([in] handle_t binding, [in] char a, [in] short b, [in] float c, [in] hyper d,
                [in] double e, [in] boolean f, [out] double *sum, [out] float *product);
  void join([in] handle_t binding, [in, string] const wchar_t *first,
            [in, string, unique] const wchar_t *second, [out] label_t *joined);
  long squares([in] handle_t binding, [in] long count, [in, size_is(count)] long *values,
               [out, size_is(count)] hyper *squares);
  void drop_odd([in] handle_t binding, [in] long capacity, [in, out] long *length,
                [in, out, size_is(capacity), length_is(*length)] long *values);
  void flip([in] handle_t binding, [in, out] point_t *point);
  long reverse([in] handle_t binding, [in, out, unique] node_t **list);
  void are_same([in] handle_t binding, [in, ptr] long *a, [in, ptr] long *b, [out] long *same);
  void negate([in] handle_t binding, [in] long kind,
              [in, out, switch_is(kind)] number_t *number);
  void echo([in] handle_t binding, [in] long count, [in, size_is(count)] byte *data,
            [out] long *reply_count, [out, size_is(, *reply_count)] byte **reply);

  void session_open([in] handle_t binding, [in] long start, [out] session_t *session);
  long session_add([in] session_t session, [in] long amount);
  void session_close([in, out] session_t *session);

  /*
   * Notes in which order calls are dispatched; says how many came before one that was made
   * earlier (procedures.h).
   */
  long mark([in] handle_t binding, [in] long thread, [in] long sequence);
