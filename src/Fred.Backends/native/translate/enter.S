/* See enter.h. Everything is addressed absolutely: no register is free. */
#include "context.h"
#define C CONTEXT_ADDRESS
        .text
        .hidden enter_call, enter_call_directly, enter_exit, enter_miss, enter_not_me, enter_translation, enter_after_signal, enter_again, enter_resume, enter_resume_end, enter_step, enter_step_trap
        .global enter_call, enter_call_directly, enter_exit, enter_miss, enter_not_me, enter_translation, enter_after_signal, enter_again, enter_resume, enter_resume_end, enter_step, enter_step_trap

enter_not_me:                           /* the target is rcx - rdx; nothing here may touch the flags */
        not     %rdx
        lea     1(%rcx,%rdx), %rcx
        movzwl  %cx, %edx
enter_miss:
        mov     %rcx, C + CONTEXT_MISS_TARGET
        mov     %rdx, C + CONTEXT_MISS_INDEX
        mov     C + CONTEXT_RCX, %rcx
        mov     C + CONTEXT_RDX, %rdx
        mov     %rax, C + 0
        lea     miss_record(%rip), %rax
        jmp     enter_exit

enter_call:
        mov     %rcx, C + CONTEXT_MISS_TARGET
        mov     %rax, C + 0
        lea     call_record(%rip), %rax
        jmp     enter_exit

enter_call_directly:
        jmp     *%r11

enter_translation:
        mov     (%rsp), %rcx
        mov     %rcx, C + CONTEXT_PC
        add     $8, %rsp
        mov     %rax, C + 0
        xor     %eax, %eax              /* no record */
enter_exit:
        mov     %rcx, C + 8
        mov     %rdx, C + 16
        mov     %rbx, C + 24
        mov     %rsp, C + 32
        mov     %rbp, C + 40
        mov     %rsi, C + 48
        mov     %rdi, C + 56
        mov     %r8, C + 64
        mov     %r9, C + 72
        mov     %r10, C + 80
        mov     %r11, C + 88
        mov     %r12, C + 96
        mov     %r13, C + 104
        mov     %r14, C + 112
        mov     %r15, C + 120
        mov     C + CONTEXT_STACK, %rsp
        pushfq
        popq    C + CONTEXT_RFLAGS
        mov     %rax, %rdi
1:      cld
        movq    $VECTORS_LIVE, C + CONTEXT_VECTORS
3:      call    runloop_dispatch
        mov     %rax, C + CONTEXT_JUMP
enter_resume:                           /* from here on a request for attention may change what is left of the run */
        cmpb    $0, runloop_attention(%rip)
        je      2f
        call    runloop_steal
        test    %al, %al
        jne     enter_again
2:
        cmpq    $VECTORS_CHANGED, C + CONTEXT_VECTORS
        jne     4f
        mov     C + CONTEXT_VECTOR_MASK, %eax
        xor     %edx, %edx
        xrstor64 C + CONTEXT_XSAVE
4:
        pushq   C + CONTEXT_RFLAGS
        popfq
        mov     C + 0, %rax
        mov     C + 8, %rcx
        mov     C + 16, %rdx
        mov     C + 24, %rbx
        mov     C + 40, %rbp
        mov     C + 48, %rsi
        mov     C + 56, %rdi
        mov     C + 64, %r8
        mov     C + 72, %r9
        mov     C + 80, %r10
        mov     C + 88, %r11
        mov     C + 96, %r12
        mov     C + 104, %r13
        mov     C + 112, %r14
        mov     C + 120, %r15
        mov     C + 32, %rsp
        jmp     *C + CONTEXT_JUMP
enter_resume_end:

enter_step:
        cmpq    $VECTORS_CHANGED, C + CONTEXT_VECTORS
        jne     enter_step_trap
        mov     C + CONTEXT_VECTOR_MASK, %eax
        xor     %edx, %edx
        xrstor64 C + CONTEXT_XSAVE
enter_step_trap:
        int3

enter_after_signal:                     /* on whatever stack; the vectors are live */
        mov     C + CONTEXT_STACK, %rsp
        xor     %edi, %edi
        jmp     1b

enter_again:                            /* the same, with everything in the context already */
        mov     C + CONTEXT_STACK, %rsp
        xor     %edi, %edi
        cld
        jmp     3b

        .section .note.GNU-stack, "", @progbits
