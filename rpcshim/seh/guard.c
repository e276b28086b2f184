/*
 * guarded_call() and finally_call(): see guard.h, finally.h.
 *
 * Each is a few instructions of assembly that make the frame a handler hangs on, and a language
 * handler in C that the system calls when an exception passes the frame: once to search
 * (ExceptionFlags without an unwind bit), and once more, after an outer or inner frame has
 * decided to handle it, to unwind.
 */
#include "guard.h"

#include "finally.h"
#include "stack_guard.h"

/* guarded_call() without what follows an overflow of the stack. */
bool guard_enter(guard_body body, guard_filter filter, void *context, DWORD *code);

#ifdef __x86_64__

/*
 * x86_64: handlers are found by the unwind tables, so that a call without an exception costs
 * nothing. [Microsoft, "x64 exception handling"]
 *
 * Both functions keep their arguments in the home area that the caller reserved for them; the
 * establisher frame that the system passes to the handler is the stack pointer after the
 * prologue.
 */
struct guard_frame {
  void *outgoing_home[4];
  void *alignment;
  void *return_address;
  guard_body body;
  guard_filter filter;
  void *context;
  DWORD *code;
};

struct finally_frame {
  void *outgoing_home[4];
  void *alignment;
  void *return_address;
  finally_body body;
  finally_cleanup cleanup; /* NULL: has been called */
  void *context;
};

/* Inside guard_enter: where the unwinder lands, with the exception's code in eax. */
extern char guard_caught[];

__asm__(".text\n"
        ".globl guard_enter\n"
        ".def guard_enter; .scl 2; .type 32; .endef\n"
        ".p2align 4\n"
        ".seh_proc guard_enter\n"
        "guard_enter:\n\t"
        "subq $0x28, %rsp\n\t"
        ".seh_stackalloc 0x28\n\t"
        ".seh_handler guard_handler, @except\n\t"
        ".seh_endprologue\n\t"
        "movq %rcx, 0x30(%rsp)\n\t"
        "movq %rdx, 0x38(%rsp)\n\t"
        "movq %r8, 0x40(%rsp)\n\t"
        "movq %r9, 0x48(%rsp)\n\t"
        "movq %rcx, %rax\n\t"
        "movq %r8, %rcx\n\t"
        "call *%rax\n\t"
        /*
         * Not an epilogue yet: the return address must lie in the body for the handler to be
         * called.
         */
        "movl $1, %eax\n\t"
        "addq $0x28, %rsp\n\t"
        "ret\n"
        ".globl guard_caught\n"
        "guard_caught:\n\t"
        "movq 0x48(%rsp), %rdx\n\t"
        "testq %rdx, %rdx\n\t"
        "jz 1f\n\t"
        "movl %eax, (%rdx)\n"
        "1:\txorl %eax, %eax\n\t"
        "addq $0x28, %rsp\n\t"
        "ret\n\t"
        ".seh_endproc\n"
        "\n"
        ".globl finally_call\n"
        ".def finally_call; .scl 2; .type 32; .endef\n"
        ".p2align 4\n"
        ".seh_proc finally_call\n"
        "finally_call:\n\t"
        "subq $0x28, %rsp\n\t"
        ".seh_stackalloc 0x28\n\t"
        ".seh_handler finally_handler, @unwind\n\t"
        ".seh_endprologue\n\t"
        "movq %rcx, 0x30(%rsp)\n\t"
        "movq %rdx, 0x38(%rsp)\n\t"
        "movq %r8, 0x40(%rsp)\n\t"
        "movq %rcx, %rax\n\t"
        "movq %r8, %rcx\n\t"
        "call *%rax\n\t"
        "movq 0x38(%rsp), %rax\n\t"
        "movq $0, 0x38(%rsp)\n\t"
        "movq 0x40(%rsp), %rcx\n\t"
        "xorl %edx, %edx\n\t"
        "call *%rax\n\t"
        "nop\n\t"
        "addq $0x28, %rsp\n\t"
        "ret\n\t"
        ".seh_endproc\n");

__attribute__((used)) EXCEPTION_DISPOSITION guard_handler(EXCEPTION_RECORD *record,
                                                          struct guard_frame *frame,
                                                          CONTEXT *context,
                                                          DISPATCHER_CONTEXT *dispatcher)
{
  EXCEPTION_POINTERS pointers = {record, context};
  LONG verdict = EXCEPTION_EXECUTE_HANDLER;

  if (record->ExceptionFlags & EXCEPTION_UNWIND)
    return ExceptionContinueSearch;
  if (frame->filter)
    verdict = frame->filter(&pointers, frame->context);
  if (verdict == EXCEPTION_EXECUTE_HANDLER)
    RtlUnwindEx(frame, guard_caught, record, (void *)(ULONG_PTR)record->ExceptionCode,
                dispatcher->ContextRecord, dispatcher->HistoryTable);
  return verdict == EXCEPTION_CONTINUE_EXECUTION ? ExceptionContinueExecution
                                                 : ExceptionContinueSearch;
}

__attribute__((used)) EXCEPTION_DISPOSITION finally_handler(EXCEPTION_RECORD *record,
                                                            struct finally_frame *frame,
                                                            CONTEXT *context,
                                                            DISPATCHER_CONTEXT *dispatcher)
{
  finally_cleanup cleanup = frame->cleanup;

  (void)context;
  (void)dispatcher;
  if ((record->ExceptionFlags & EXCEPTION_UNWIND) && cleanup) {
    frame->cleanup = NULL;
    cleanup(frame->context, true);
  }
  return ExceptionContinueSearch;
}

#elif defined(__i386__)

/*
 * i686: handlers are a list on the stack that starts at fs:[0]; each record is pushed on entry
 * and popped on the way out. The record is extended by what the handler needs: the frame
 * pointer, by which it reaches the arguments. [Matt Pietrek, "A Crash Course on the Depths of
 * Win32 Structured Exception Handling", MSJ 1/1997]
 */
struct registration {
  struct registration *previous;
  void *handler;
  struct arguments *frame; /* ebp */
};

struct arguments {
  void *saved_ebp;
  void *return_address;
  union {
    guard_body body;
    finally_body finally_body;
  };
  union {
    guard_filter filter;
    finally_cleanup cleanup; /* NULL: has been called */
  };
  void *context;
  DWORD *code;
};

/*
 * Unwinds to the record and continues behind the call of the body. RtlUnwind keeps ebp and esp
 * only, so this is assembly, and guard_enter takes the callee-saved registers from its own
 * frame.
 */
_Noreturn void guard_unwind(struct registration *registration, EXCEPTION_RECORD *record,
                            DWORD code) __asm__("_guard_unwind");

__asm__(".text\n"
        ".globl _guard_enter\n"
        ".def _guard_enter; .scl 2; .type 32; .endef\n"
        ".p2align 4\n"
        "_guard_enter:\n\t"
        "pushl %ebp\n\t"
        "movl %esp, %ebp\n\t"
        "pushl %ebx\n\t"
        "pushl %esi\n\t"
        "pushl %edi\n\t"
        "pushl %ebp\n\t"
        "pushl $_guard_handler\n\t"
        "pushl %fs:0\n\t"
        "movl %esp, %fs:0\n\t"
        "subl $4, %esp\n\t"
        "andl $-16, %esp\n\t"
        "subl $12, %esp\n\t"
        "pushl 16(%ebp)\n\t"
        "call *8(%ebp)\n\t"
        "movl $1, %eax\n"
        "guard_leave:\n\t"
        "leal -24(%ebp), %esp\n\t"
        "popl %fs:0\n\t"
        "leal -12(%ebp), %esp\n\t"
        "popl %edi\n\t"
        "popl %esi\n\t"
        "popl %ebx\n\t"
        "popl %ebp\n\t"
        "ret\n"
        "guard_caught:\n\t"
        "movl 20(%ebp), %edx\n\t"
        "testl %edx, %edx\n\t"
        "jz 1f\n\t"
        "movl %eax, (%edx)\n"
        "1:\txorl %eax, %eax\n\t"
        "jmp guard_leave\n"
        "\n"
        ".globl _guard_unwind\n"
        ".def _guard_unwind; .scl 2; .type 32; .endef\n"
        ".p2align 4\n"
        "_guard_unwind:\n\t"
        "pushl %ebp\n\t"
        "movl %esp, %ebp\n\t"
        "pushl $0\n\t"
        "pushl 12(%ebp)\n\t"
        "pushl $1f\n\t"
        "pushl 8(%ebp)\n\t"
        "call _RtlUnwind@16\n"
        "1:\tcld\n\t"
        "movl 8(%ebp), %ecx\n\t"
        "movl 16(%ebp), %eax\n\t"
        "movl 8(%ecx), %ebp\n\t"
        "jmp guard_caught\n"
        "\n"
        ".globl _finally_call\n"
        ".def _finally_call; .scl 2; .type 32; .endef\n"
        ".p2align 4\n"
        "_finally_call:\n\t"
        "pushl %ebp\n\t"
        "movl %esp, %ebp\n\t"
        "pushl %ebp\n\t"
        "pushl $_finally_handler\n\t"
        "pushl %fs:0\n\t"
        "movl %esp, %fs:0\n\t"
        "andl $-16, %esp\n\t"
        "subl $12, %esp\n\t"
        "pushl 16(%ebp)\n\t"
        "call *8(%ebp)\n\t"
        "leal -12(%ebp), %esp\n\t"
        "popl %fs:0\n\t"
        "andl $-16, %esp\n\t"
        "subl $8, %esp\n\t"
        "pushl $0\n\t"
        "pushl 16(%ebp)\n\t"
        "call *12(%ebp)\n\t"
        "movl %ebp, %esp\n\t"
        "popl %ebp\n\t"
        "ret\n");

__attribute__((used)) EXCEPTION_DISPOSITION __cdecl guard_handler(
    EXCEPTION_RECORD *record, struct registration *registration, CONTEXT *context,
    void *dispatcher)
{
  EXCEPTION_POINTERS pointers = {record, context};
  struct arguments *frame = registration->frame;
  LONG verdict = EXCEPTION_EXECUTE_HANDLER;

  (void)dispatcher;
  if (record->ExceptionFlags & EXCEPTION_UNWIND)
    return ExceptionContinueSearch;
  if (frame->filter)
    verdict = frame->filter(&pointers, frame->context);
  if (verdict == EXCEPTION_EXECUTE_HANDLER)
    guard_unwind(registration, record, record->ExceptionCode);
  return verdict == EXCEPTION_CONTINUE_EXECUTION ? ExceptionContinueExecution
                                                 : ExceptionContinueSearch;
}

__attribute__((used)) EXCEPTION_DISPOSITION __cdecl finally_handler(
    EXCEPTION_RECORD *record, struct registration *registration, CONTEXT *context,
    void *dispatcher)
{
  struct arguments *frame = registration->frame;
  finally_cleanup cleanup = frame->cleanup;

  (void)context;
  (void)dispatcher;
  if ((record->ExceptionFlags & EXCEPTION_UNWIND) && cleanup) {
    frame->cleanup = NULL;
    cleanup(frame->context, true);
  }
  return ExceptionContinueSearch;
}

#else
#error "no structured exception handling for this processor"
#endif

bool guarded_call(guard_body body, guard_filter filter, void *context, DWORD *code)
{
  DWORD caught;

  if (guard_enter(body, filter, context, &caught))
    return true;
  if (caught == (DWORD)EXCEPTION_STACK_OVERFLOW)
    stack_guard_restore();
  if (code)
    *code = caught;
  return false;
}
