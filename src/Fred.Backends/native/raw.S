/* See raw.h. x86-64 only: the layout of registers and the clone argument order are the kernel's for this machine. */
        .text
        .hidden fred_raw, fred_raw_instruction, fred_raw_after, fred_restorer, fred_clone_on_stack
        .global fred_raw, fred_raw_instruction, fred_raw_after, fred_restorer, fred_clone_on_stack

        .type fred_raw, @function
fred_raw:
        mov     %rdi, %rax
        mov     %rsi, %rdi
        mov     %rdx, %rsi
        mov     %rcx, %rdx
        mov     %r8, %r10
        mov     %r9, %r8
        mov     8(%rsp), %r9
fred_raw_instruction:
        syscall
fred_raw_after:
        ret

        .type fred_restorer, @function
fred_restorer:
        mov     $15, %eax               /* rt_sigreturn */
        syscall

        /* The child's registers: offsets of struct child_registers. */
        .type fred_clone_on_stack, @function
fred_clone_on_stack:
        mov     %rcx, %r10
        mov     $56, %eax               /* clone(flags, stack, ptid, ctid, tls) */
        syscall
        test    %rax, %rax
        jz      1f
        ret
1:      lea     -256(%rsp), %rax
        mov     0(%rax), %rbx
        mov     8(%rax), %rbp
        mov     16(%rax), %rdi
        mov     24(%rax), %rsi
        mov     32(%rax), %rdx
        mov     40(%rax), %r8
        mov     48(%rax), %r9
        mov     56(%rax), %r10
        mov     64(%rax), %r12
        mov     72(%rax), %r13
        mov     80(%rax), %r14
        mov     88(%rax), %r15
        mov     96(%rax), %rcx          /* where to go; the kernel destroys rcx in a real clone too */
        xor     %eax, %eax
        jmp     *%rcx

        .section .note.GNU-stack, "", @progbits
