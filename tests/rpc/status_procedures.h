/*
 * The procedures of the interface `statuses`, included by status_sync.idl and status_async.idl.
 * Their ACFs say where failures go: to the names that end in `comm`, `fault` or `both`.
 *
 * Each manager routine fails with `code`; without one it sets its [out] parameters to
 * STATUS_OF_MANAGER and returns that.
 */

  void to_comm([in] handle_t binding, [in] unsigned long code, [out] error_status_t *comm);
  void to_fault([in] handle_t binding, [in] unsigned long code, [out] error_status_t *fault);
  long to_comm_and_fault([in] handle_t binding, [in] unsigned long code,
                         [out] error_status_t *comm, [out] error_status_t *fault);
  void to_both([in] handle_t binding, [in] unsigned long code, [out] error_status_t *both);

  error_status_t return_comm([in] handle_t binding, [in] unsigned long code);
  error_status_t return_fault([in] handle_t binding, [in] unsigned long code);
  error_status_t return_both([in] handle_t binding, [in] unsigned long code);
  error_status_t return_comm_to_fault([in] handle_t binding, [in] unsigned long code,
                                      [out] error_status_t *fault);
