/* Where a jump in libc leads that took the place of `mov eax, number` before a system call. See patched.c, which writes the slots. */
        .set VECTOR_BYTES, 2816         /* XSAVE image of x87, SSE, AVX and AVX-512: 2688 at most */
        .set VECTOR_MASK, 0xE7
        .set UPPER_HALVES, 4            /* of the AVX registers */

        .text
        .hidden patched_entry, patched_slots
        .global patched_entry, patched_slots

        /* Called by a slot, below the red zone. Every register is as before but rcx and r11, which a system call destroys, too. rcx 0: rax is the result;
         * 1: the slot makes the call itself. Order of the registers: struct patched_registers. A function of libc has no values of its caller's in vector registers, and of its own in the
         * lower halves at most where the upper ones are not in use: all of them are saved only where they are, which takes longer than all the rest. */
        .type   patched_entry, @function
patched_entry:
        push    %r15
        push    %r14
        push    %r13
        push    %r12
        push    %r10
        push    %r9
        push    %r8
        push    %rdi
        push    %rsi
        push    %rbp
        push    %rbx
        push    %rdx
        push    %rax
        mov     %rsp, %rbx
        mov     $1, %ecx
        xgetbv                          /* which of their parts are not as they were in the beginning */
        test    $UPPER_HALVES, %al
        jnz     1f
        sub     $256, %rsp
        and     $-16, %rsp
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        movaps  %xmm\n, 16 * \n(%rsp)
        .endr
        mov     %rbx, %rdi
        call    patched_answer
        mov     %eax, %ecx
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        movaps  16 * \n(%rsp), %xmm\n
        .endr
        jmp     2f
1:      sub     $VECTOR_BYTES, %rsp
        and     $-64, %rsp
        xor     %eax, %eax
        .irp    at, 512, 520, 528, 536, 544, 552, 560, 568
        mov     %rax, \at(%rsp)
        .endr
        mov     $VECTOR_MASK, %eax
        xor     %edx, %edx
        xsavec64 (%rsp)
        mov     %rbx, %rdi
        call    patched_answer
        mov     %eax, %ecx
        mov     $VECTOR_MASK, %eax
        xor     %edx, %edx
        xrstor64 (%rsp)
2:      mov     %rbx, %rsp
        pop     %rax
        pop     %rdx
        pop     %rbx
        pop     %rbp
        pop     %rsi
        pop     %rdi
        pop     %r8
        pop     %r9
        pop     %r10
        pop     %r12
        pop     %r13
        pop     %r14
        pop     %r15
        ret
        .size   patched_entry, . - patched_entry

        .balign 4096
        .type   patched_slots, @object
patched_slots:
        .fill   4096, 1, 0xCC
        .size   patched_slots, . - patched_slots

        .section .note.GNU-stack, "", @progbits
