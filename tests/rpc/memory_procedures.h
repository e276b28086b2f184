/*
 * The procedures of the interface `memory`, included by memory_sync.idl and memory_async.idl:
 * the same wire, compiled once with synchronous stubs and once, by an ACF, with asynchronous
 * ones.
 */

/* Everything at once; `ending` is what the manager routine does then (memory.h). */
long memory_all([in] handle_t binding, [in] long ending, [ in, unique ] link_t *list,
                [ in, out, unique ] link_t **changed, [ in, string ] const char *ansi,
                [ in, unique, string ] const wchar_t *wide, [in] long count,
                [ in, string, size_is(count) ] char **texts, [ in, unique ] blob_t *blob,
                [ in, out ] record_t *record, [ in, ptr ] cell_t *graph,
                [ out, string ] wchar_t **joined, [out] long *copied,
                [ out, size_is(, *copied) ] ansi_t **copies, [out] blob_t **twice,
                [out] link_t **reversed, [out] graph_t *other);

/* Each thing for itself. */
void memory_strings([in] handle_t binding, [ in, out, string, size_is(40) ] wchar_t *greeting,
                    [ in, out, unique, string ] char **name, [ out, string ] char **upper,
                    [ out, string ] wchar_t **wide);
void memory_texts([in] handle_t binding, [in] long count,
                  [ in, string, size_is(count) ] char **texts,
                  [ in, unique, string, size_is(count) ] wchar_t **wide, [out] long *length);
ansi_t memory_result([in] handle_t binding, [in] long length);
void memory_out([in] handle_t binding, [in] long value, [out] long **number,
                [out] link_t **list, [in] long count,
                [ out, size_is(, count) ] hyper **squares);
void memory_records([in] handle_t binding, [in] long count,
                    [ in, out, size_is(count) ] record_t *records);
void memory_shades([in] handle_t binding, [in] long count,
                   [ in, out, size_is(count) ] shade_t *shades);
void memory_aliases([in] handle_t binding, [ in, ptr ] long *a, [ in, ptr ] long *b,
                    [ in, ptr ] cell_t *graph, [ in, out ] graph_t *turned, [out] long *found);
void memory_link([in] handle_t binding, [ in, out, unique ] link_t *link);
