#include "async_proxy_entry.h"

_Static_assert(ASYNC_PROXY_METHOD_END == 1024 && FIRST_METHOD == 3, "written out below");

/*
 * An entry is 16 bytes, so that the table can say where it is. It loads its number and goes on
 * to async_proxy_entry, with the stack and all other registers as the caller left them.
 */
#define ENTRIES(first_methods, word)                                                           \
  ".text\n"                                                                                    \
  ".p2align 4\n"                                                                               \
  "async_proxy_entries:\n"                                                                     \
  ".set async_proxy_number, 3\n"                                                               \
  ".rept 1021\n"                                                                               \
  ".p2align 4\n\t"                                                                             \
  "movl $async_proxy_number, %eax\n\t"                                                         \
  "jmp async_proxy_entry\n"                                                                    \
  ".set async_proxy_number, async_proxy_number + 1\n"                                          \
  ".endr\n"                                                                                    \
  ".section .rdata,\"dr\"\n"                                                                   \
  ".p2align 4\n" first_methods ".set async_proxy_number, 0\n"                                  \
  ".rept 1021\n\t" word " async_proxy_entries + 16 * async_proxy_number\n"                     \
  ".set async_proxy_number, async_proxy_number + 1\n"                                          \
  ".endr\n"                                                                                    \
  ".text\n"

#ifdef __x86_64__

__asm__(ENTRIES(".globl async_proxy_methods\n"
                "async_proxy_methods:\n\t"
                ".quad async_proxy_query_interface\n\t"
                ".quad async_proxy_add_ref\n\t"
                ".quad async_proxy_release\n",
                ".quad"));

/* The caller has reserved places for the four in registers; floating ones are only in those. */
__asm__(".p2align 4\n"
        ".seh_proc async_proxy_entry\n"
        "async_proxy_entry:\n\t"
        "subq $0x48, %rsp\n\t"
        ".seh_stackalloc 0x48\n\t"
        ".seh_endprologue\n\t"
        "movq %rcx, 0x50(%rsp)\n\t"
        "movq %rdx, 0x58(%rsp)\n\t"
        "movq %r8, 0x60(%rsp)\n\t"
        "movq %r9, 0x68(%rsp)\n\t"
        "movsd %xmm1, 0x28(%rsp)\n\t"
        "movsd %xmm2, 0x30(%rsp)\n\t"
        "movsd %xmm3, 0x38(%rsp)\n\t"
        "movl %eax, %ecx\n\t"
        "leaq 0x50(%rsp), %rdx\n\t"
        "leaq 0x28(%rsp), %r8\n\t"
        "leaq 0x40(%rsp), %r9\n\t"
        "call async_proxy_call\n\t"
        "addq $0x48, %rsp\n\t"
        "ret\n\t"
        ".seh_endproc\n");

#elif defined(__i386__)

__asm__(ENTRIES(".globl _async_proxy_methods\n"
                "_async_proxy_methods:\n\t"
                ".long _async_proxy_query_interface@12\n\t"
                ".long _async_proxy_add_ref@4\n\t"
                ".long _async_proxy_release@4\n",
                ".long"));

/* async_proxy_call is cdecl; what it says of the arguments' size is the pushed 0 at first. */
__asm__(".p2align 4\n"
        "async_proxy_entry:\n\t"
        "pushl %ebp\n\t"
        "movl %esp, %ebp\n\t"
        "pushl $0\n\t"
        "leal -4(%ebp), %ecx\n\t"
        "leal 8(%ebp), %edx\n\t"
        "pushl %ecx\n\t"
        "pushl $0\n\t"
        "pushl %edx\n\t"
        "pushl %eax\n\t"
        "call _async_proxy_call\n\t"
        "addl $16, %esp\n\t"
        "popl %edx\n\t"
        "popl %ebp\n\t"
        "popl %ecx\n\t"
        "addl %edx, %esp\n\t"
        "jmp *%ecx\n");

#endif
