/* See raw.h. x86-64 only: the layout of registers and the clone argument order are the kernel's for this machine. */
        .text
        .hidden fred_raw, fred_restorer, fred_clone_on_stack
        .global fred_raw, fred_restorer, fred_clone_on_stack
        .hidden fred_fork_away
        .global fred_fork_away
        .hidden fred_save, fred_resume, fred_clone_thread, fred_enter_program, fred_thread_leave
        .global fred_save, fred_resume, fred_clone_thread, fred_enter_program, fred_thread_leave

        .type fred_raw, @function
fred_raw:
        mov     %rdi, %rax
        mov     %rsi, %rdi
        mov     %rdx, %rsi
        mov     %rcx, %rdx
        mov     %r8, %r10
        mov     %r9, %r8
        mov     8(%rsp), %r9
        syscall
        ret

        .hidden fred_raw_unless, fred_raw_unless_check, fred_raw_unless_instruction, fred_raw_unless_after, fred_interruptions
        .global fred_raw_unless, fred_raw_unless_check, fred_raw_unless_instruction, fred_raw_unless_after, fred_interruptions

        .type fred_raw_unless, @function
fred_raw_unless:
        mov     %rdi, %r11
        mov     (%r11), %rax
        mov     8(%r11), %rdi
        mov     24(%r11), %rdx
        mov     32(%r11), %r10
        mov     40(%r11), %r8
        mov     48(%r11), %r9
fred_raw_unless_check:
        cmp     %rsi, fred_interruptions(%rip)
        jne     1f
        mov     16(%r11), %rsi
fred_raw_unless_instruction:
        syscall
fred_raw_unless_after:
        ret
1:      mov     $-512, %rax             /* RAW_NOT_BEGUN */
        ret

        .data
        .balign 8
fred_interruptions:
        .quad   0
        .text

        .type fred_restorer, @function
fred_restorer:
        mov     $15, %eax               /* rt_sigreturn */
        syscall

        .type fred_clone_on_stack, @function
fred_clone_on_stack:
        mov     %rcx, %r10
        mov     $56, %eax               /* clone(flags, stack, ptid, ctid, tls) */
        syscall
        test    %rax, %rax
        jz      1f
        ret
1:      lea     -256(%rsp), %rax
        jmp     enter_program

        /* int64_t fred_fork_away(int *between, int64_t *made): a process in between, which shares our memory and our stack, and so uses only registers, makes the copy
         * and ends. The second clone has the arguments of the first but for its flags. */
        .type fred_fork_away, @function
fred_fork_away:
        push    %rbx
        mov     %rsi, %rbx
        mov     %rdi, %rdx              /* where its id goes */
        mov     $0x104100, %edi         /* CLONE_PARENT_SETTID, CLONE_VFORK, CLONE_VM; no signal at its end */
        xor     %esi, %esi
        xor     %r10d, %r10d
        xor     %r8d, %r8d
        mov     $56, %eax               /* clone */
        syscall
        test    %rax, %rax
        jnz     1f
        mov     $17, %edi               /* SIGCHLD */
        mov     $56, %eax
        syscall
        test    %rax, %rax
        jz      1f
        mov     %rax, (%rbx)
        xor     %edi, %edi
        mov     $60, %eax               /* exit */
        syscall
1:      pop     %rbx
        ret

        /* int fred_save(struct saved_context *): 0 now, 1 when resumed. */
        .type fred_save, @function
fred_save:
        mov     %rbx, 0(%rdi)
        mov     %rbp, 8(%rdi)
        mov     %r12, 16(%rdi)
        mov     %r13, 24(%rdi)
        mov     %r14, 32(%rdi)
        mov     %r15, 40(%rdi)
        lea     8(%rsp), %rax
        mov     %rax, 48(%rdi)
        mov     (%rsp), %rax
        mov     %rax, 56(%rdi)
        xor     %eax, %eax
        ret

        /* void fred_resume(const struct saved_context *) */
        .type fred_resume, @function
fred_resume:
        mov     0(%rdi), %rbx
        mov     8(%rdi), %rbp
        mov     16(%rdi), %r12
        mov     24(%rdi), %r13
        mov     32(%rdi), %r14
        mov     40(%rdi), %r15
        mov     48(%rdi), %rsp
        mov     $1, %eax
        jmp     *56(%rdi)

        /* int64_t fred_clone_thread(flags, stack, tls, void (*begin)(int64_t), argument): the child calls begin(argument). */
        .type fred_clone_thread, @function
fred_clone_thread:
        push    %r12
        mov     %r8, %r12
        mov     %rcx, %r9
        mov     %rdx, %r8
        xor     %edx, %edx
        xor     %r10d, %r10d
        mov     $56, %eax               /* clone */
        syscall
        test    %rax, %rax
        jz      1f
        pop     %r12
        ret
1:      xor     %ebp, %ebp
        mov     %r12, %rdi
        and     $-16, %rsp
        call    *%r9
        hlt

        /* void fred_enter_program(const struct child_registers *, stack): where the program's clone returns 0. */
        .type fred_enter_program, @function
fred_enter_program:
        mov     %rsi, %rsp
        mov     %rdi, %rax
enter_program:                          /* rax: struct child_registers */
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

        /* void fred_thread_leave(volatile uint32_t *go, uint32_t bits, volatile uint32_t *lock, int stay): hands the baton over (go may be
         * NULL), opens the lock and ends the thread. From the first store on the thread that runs may free this stack: it is not touched. */
        .type fred_thread_leave, @function
fred_thread_leave:
        mov     %ecx, %r12d
        test    %rdi, %rdi
        jz      1f
        lock orl %esi, (%rdi)
1:      movl    $0, (%rdx)
        test    %rdi, %rdi
        jz      2f
        mov     $129, %esi              /* FUTEX_WAKE, private */
        mov     $1, %edx
        xor     %r10d, %r10d
        mov     $202, %eax              /* futex */
        syscall
2:      test    %r12d, %r12d
        jnz     3f
        xor     %edi, %edi
        mov     $60, %eax               /* exit */
        syscall
3:      mov     $34, %eax               /* pause */
        syscall
        jmp     3b

        .section .note.GNU-stack, "", @progbits
