/* What the interpreter's dispatch table points to for the opcodes that opcode.c adds: one tick, or two; and the first events of an activation. Entered by the interpreter's computed
 * jump, so every register is live; the flags are not (no compiler keeps them over a computed jump with hundreds of targets). */
        .text
        .hidden opcode_tick, opcode_tick_twice, opcode_learn, opcode_enter, opcode_enter_simple

/* struct slot, page.h; MAX_ACTIVATIONS and log2 of the size of struct activation, clock.h */
#define TICKS           0
#define TARGET          8
#define ACTIVATIONS     65536
#define ACTIVATION_LOG  4

        .macro  ticking name, weight
        .global \name
        .type   \name, @function
\name:
        push    %rax
        push    %rcx
        mov     clock_slot(%rip), %rax
        mov     TICKS(%rax), %rcx
        add     $\weight, %rcx
        cmp     TARGET(%rax), %rcx
        jae     1f
        mov     %rcx, TICKS(%rax)
        pop     %rcx
        pop     %rax
        jmp     *opcode_skip(%rip)      /* past the instructions that would tick */
1:      pop     %rcx
        pop     %rax
        jmp     *opcode_stay(%rip)      /* on to them: they have not been executed, nor has anything been counted */
        .size   \name, . - \name
        .endm

        ticking opcode_tick, 1
        ticking opcode_tick_twice, 2

/* clock_enter, without a call. Which register has the address of the instruction depends on the build, so there is one of these for each; the probe's number is
 * in the operands that the two instructions behind do not use. */
        .macro  entering reg, weight
1:      push    %rax
        push    %rcx
        push    %rdx
        push    %rsi
        movzbl  5(%\reg), %eax
        movzbl  7(%\reg), %ecx
        shl     $8, %ecx
        or      %ecx, %eax
        mov     python_counter(%rip), %rdx
        mov     (%rdx), %ecx
        imul    python_counter_sign(%rip), %ecx
        mov     4(%rdx), %esi
        and     python_limit_mask(%rip), %esi
        add     %esi, %ecx
        add     python_counter_offset(%rip), %ecx
        cmp     $ACTIVATIONS, %ecx
        jae     2f
        cmpb    $0, clock_suspended(%rip)
        jne     2f
        mov     clock_slot(%rip), %rdx
        mov     TICKS(%rdx), %rsi
        add     $\weight, %rsi
        cmp     TARGET(%rdx), %rsi
        jae     2f
        mov     %rsi, TICKS(%rdx)
        sub     $(\weight - 1), %rsi
        shl     $ACTIVATION_LOG, %rcx
        mov     clock_activations(%rip), %rdx
        mov     %rsi, (%rdx, %rcx)
        mov     %eax, 8(%rdx, %rcx)
        pop     %rsi
        pop     %rdx
        pop     %rcx
        pop     %rax
        jmp     *opcode_skip(%rip)
2:      pop     %rsi
        pop     %rdx
        pop     %rcx
        pop     %rax
        jmp     *opcode_stay(%rip)
        .pushsection .data.rel.ro.opcodes, "aw"
        .quad   1b
        .popsection
        .endm

/* In the order of opcode_registers; not rax, which has the address that was jumped to. */
        .macro  entering_by_all weight
        .irp    reg, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
        entering \reg, \weight
        .endr
        .endm

        .section .data.rel.ro.opcodes, "aw"
        .balign 8
        .global opcode_enter, opcode_enter_simple
opcode_enter:
        .text
        entering_by_all 2
        .section .data.rel.ro.opcodes, "aw"
opcode_enter_simple:
        .text
        entering_by_all 3

        .global opcode_learn
        .type   opcode_learn, @function
opcode_learn:
        mov     %rcx, opcode_registers(%rip)
        mov     %rdx, opcode_registers+8(%rip)
        mov     %rbx, opcode_registers+16(%rip)
        mov     %rbp, opcode_registers+24(%rip)
        mov     %rsi, opcode_registers+32(%rip)
        mov     %rdi, opcode_registers+40(%rip)
        mov     %r8, opcode_registers+48(%rip)
        mov     %r9, opcode_registers+56(%rip)
        mov     %r10, opcode_registers+64(%rip)
        mov     %r11, opcode_registers+72(%rip)
        mov     %r12, opcode_registers+80(%rip)
        mov     %r13, opcode_registers+88(%rip)
        mov     %r14, opcode_registers+96(%rip)
        mov     %r15, opcode_registers+104(%rip)
        jmp     *opcode_stay(%rip)

        .section .note.GNU-stack, "", @progbits
