/*
 * The variadic entry points of client stubs: NdrClientCall2 and its relatives.
 *
 * On x86_64 a variadic call passes its first four arguments in registers, floating ones in the
 * integer register as well, and reserves their places on the stack: stored there, all arguments
 * are one array, as the format string wants them. On i686 the stub passes the address of its
 * own arguments as the last one. Procedures of COM interfaces go on to Wine's own interpreter,
 * with all registers as they were.
 */
#include <stddef.h>

#include "async_client.h"
#include "engine.h"
#include "raise.h"
#include "sync_client.h"

/* The assembly below jumps through `engine`. */
_Static_assert(offsetof(struct engine, NdrClientCall2) == 0, "used in assembly");
_Static_assert(PROCEDURE_OF_OBJECT == 4, "used in assembly");

#ifdef __x86_64__
_Static_assert(offsetof(struct engine, NdrClientCall3) == 8, "used in assembly");

/*
 * [Microsoft, DCE transfer syntax for NDR]: 8a885d04-1ceb-11c9-9fe8-08002b104860, version 2.0
 */
static const RPC_SYNTAX_IDENTIFIER ndr_syntax = {
    {0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}}, {2, 0}};

static bool is_ndr(const RPC_SYNTAX_IDENTIFIER *syntax)
{
  return memcmp(syntax, &ndr_syntax, sizeof(ndr_syntax)) == 0;
}

/*
 * Stubs for several transfer syntaxes have a format string for each; NDR's is the one that we
 * interpret.
 */
static PFORMAT_STRING proxy_format(const MIDL_STUBLESS_PROXY_INFO *proxy, ULONG procedure)
{
  for (ULONG_PTR i = 0; i < proxy->nCount; i++) {
    const MIDL_SYNTAX_INFO *syntax = &proxy->pSyntaxInfo[i];

    if (is_ndr(&syntax->TransferSyntax))
      return syntax->ProcString + syntax->FmtStringOffset[procedure];
  }
  if (!proxy->pTransferSyntax || is_ndr(proxy->pTransferSyntax))
    return proxy->ProcFormatString + proxy->FormatStringOffset[procedure];
  raise_status(RPC_S_UNSUPPORTED_TRANS_SYN);
}

__attribute__((used)) bool proxy_is_of_object(const MIDL_STUBLESS_PROXY_INFO *proxy,
                                              ULONG procedure)
{
  return procedure_is_of_object(proxy_format(proxy, procedure));
}

/* `complex_result`: for results that are no register's, which procedure_parse() refuses. */
__attribute__((used)) ULONGLONG proxy_client_call(const MIDL_STUBLESS_PROXY_INFO *proxy,
                                                  ULONG procedure, void *complex_result,
                                                  unsigned char *stack)
{
  if (complex_result)
    raise_status(RPC_X_WRONG_STUB_VERSION);
  return sync_client_call(proxy->pStubDesc, proxy_format(proxy, procedure), stack);
}

__attribute__((used)) ULONGLONG proxy_async_client_call(const MIDL_STUBLESS_PROXY_INFO *proxy,
                                                        ULONG procedure, void *complex_result,
                                                        unsigned char *stack)
{
  if (complex_result)
    raise_status(RPC_X_WRONG_STUB_VERSION);
  return async_client_call(proxy->pStubDesc, proxy_format(proxy, procedure), stack);
}

/*
 * What NdrClientCall2 is made of, which Wine 10 exports, too: the arguments are an array
 * already. Procedures of COM interfaces go on to Wine's, where it has it.
 */
ULONGLONG RPC_ENTRY NdrpClientCall2(PMIDL_STUB_DESC description, PFORMAT_STRING format,
                                    unsigned char *stack, void **floating)
{
  __typeof__(&NdrpClientCall2) wines;

  if (!procedure_is_of_object(format))
    return sync_client_call(description, format, stack);
  wines = (__typeof__(wines))(void *)engine_find("NdrpClientCall2");
  if (!wines)
    raise_status(RPC_X_WRONG_STUB_VERSION);
  return wines(description, format, stack, floating);
}

#define FUNCTION(name)                                                                         \
  ".globl " name "\n"                                                                          \
  ".def " name "; .scl 2; .type 32; .endef\n"                                                  \
  ".p2align 4\n"

/* name(description, format, ...) -> interpreter(description, format, stack) */
#define SPILL_TWO(name, interpreter)                                                           \
  ".seh_proc " name "\n" name ":\n\t"                                                          \
  "subq $0x28, %rsp\n\t"                                                                       \
  ".seh_stackalloc 0x28\n\t"                                                                   \
  ".seh_endprologue\n\t"                                                                       \
  "movq %r8, 0x40(%rsp)\n\t"                                                                   \
  "movq %r9, 0x48(%rsp)\n\t"                                                                   \
  "leaq 0x40(%rsp), %r8\n\t"                                                                   \
  "call " interpreter "\n\t"                                                                   \
  "movq %rax, %xmm0\n\t"                                                                       \
  "addq $0x28, %rsp\n\t"                                                                       \
  "ret\n\t"                                                                                    \
  ".seh_endproc\n"

__asm__(".text\n"
        /* A leaf: no frame yet, so that the jump leaves nothing behind. */
        FUNCTION(
            "NdrClientCall2") "NdrClientCall2:\n\t"
                              "testb $4, 1(%rdx)\n\t"
                              "jz client_call2_spill\n\t"
                              "jmp *engine(%rip)\n" SPILL_TWO("client_call2_spill",
                                                              "sync_client_call")

                                  FUNCTION("NdrAsyncClientCall") SPILL_TWO("NdrAsyncClientCall",
                                                                           "async_client_call")

                                      FUNCTION("NdrClientCall3") ".seh_proc NdrClientCall3\n"
                                                                 "NdrClientCall3:\n\t"
                                                                 "subq $0x28, %rsp\n\t"
                                                                 ".seh_stackalloc 0x28\n\t"
                                                                 ".seh_endprologue\n\t"
                                                                 "movq %rcx, 0x30(%rsp)\n\t"
                                                                 "movq %rdx, 0x38(%rsp)\n\t"
                                                                 "movq %r8, 0x40(%rsp)\n\t"
                                                                 "movq %r9, 0x48(%rsp)\n\t"
                                                                 "call proxy_is_of_object\n\t"
                                                                 "movq 0x30(%rsp), %rcx\n\t"
                                                                 "movq 0x38(%rsp), %rdx\n\t"
                                                                 "movq 0x40(%rsp), %r8\n\t"
                                                                 "movq 0x48(%rsp), %r9\n\t"
                                                                 "testb %al, %al\n\t"
                                                                 "jnz 1f\n\t"
                                                                 "leaq 0x48(%rsp), %r9\n\t"
                                                                 "call proxy_client_call\n\t"
                                                                 "movq %rax, %xmm0\n\t"
                                                                 "addq $0x28, %rsp\n\t"
                                                                 "ret\n"
                                                                 "1:\taddq $0x28, %rsp\n\t"
                                                                 "jmp *8+engine(%rip)\n\t"
                                                                 ".seh_endproc\n"

        FUNCTION("Ndr64AsyncClientCall") ".seh_proc Ndr64AsyncClientCall\n"
                                         "Ndr64AsyncClientCall:\n\t"
                                         "subq $0x28, %rsp\n\t"
                                         ".seh_stackalloc 0x28\n\t"
                                         ".seh_endprologue\n\t"
                                         "movq %r9, 0x48(%rsp)\n\t"
                                         "leaq 0x48(%rsp), %r9\n\t"
                                         "call proxy_async_client_call\n\t"
                                         "addq $0x28, %rsp\n\t"
                                         "ret\n\t"
                                         ".seh_endproc\n");

#elif defined(__i386__)

/* All cdecl, and the arguments are the interpreter's own: jump. The result is in edx:eax. */
__asm__(".text\n"
        ".globl _NdrClientCall2, _NdrClientCall, _NdrAsyncClientCall\n"
        ".def _NdrClientCall2; .scl 2; .type 32; .endef\n"
        ".def _NdrClientCall; .scl 2; .type 32; .endef\n"
        ".def _NdrAsyncClientCall; .scl 2; .type 32; .endef\n"
        ".p2align 4\n"
        "_NdrClientCall:\n"
        "_NdrClientCall2:\n\t"
        "movl 8(%esp), %eax\n\t"
        "testb $4, 1(%eax)\n\t"
        "jz _sync_client_call\n\t"
        "jmp *_engine\n"
        ".p2align 4\n"
        "_NdrAsyncClientCall:\n\t"
        "jmp _async_client_call\n");

#endif
