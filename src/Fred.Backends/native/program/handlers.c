/* Signals of a program that the kernel does not run: it knows none of its handlers. Asynchronous signals are queued and entered between two instructions, where a replica
 * can find the place again. */
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "kernel_threads.h"
#include "native.h"
#include "program_signals.h"
#include "raw.h"
#include "runloop.h"
#include "signal_state.h"
#include "signals.h"

enum { STACK_BYTES = 128 * 1024 };

struct signal_state signals = {.alternate = {.ss_flags = SS_DISABLE}};
static unsigned char stack[STACK_BYTES] __attribute__((aligned(64)));

void signals_install_kernel(int signal, void (*handler)(int, siginfo_t *, void *), unsigned flags)
{
    struct action action = {(void *)handler, SA_SIGINFO | SA_RESTORER_FLAG | SA_ONSTACK | flags, (void *)fred_restorer, ~FAULTS};
    RAW(SYS_rt_sigaction, signal, &action, NULL, sizeof action.mask);
}

void signals_set_default(int signal)
{
    struct action action = {SIG_DFL, SA_RESTORER_FLAG, (void *)fred_restorer, 0};
    RAW(SYS_rt_sigaction, signal, &action, NULL, sizeof action.mask);
}

void signals_set_kernel_mask(uint64_t wanted)
{
    wanted &= ~(FAULTS | BIT(SIGSTKFLT) | BIT(SIGSYS));
    RAW(SYS_rt_sigprocmask, SIG_SETMASK, &wanted, NULL, sizeof wanted);
}

void signals_restore_kernel_mask(void) { signals_set_kernel_mask(signals.mask); }

/* In a child of the program's, which runs native. */
void signals_run_directly(int signal, siginfo_t *info, void *context)
{
    if (has_handler(signal)) {
        ((void (*)(int, siginfo_t *, void *))signals.program[signal].handler)(signal, info, context);
    } else if (signals.program[signal].handler == SIG_DFL) {
        signals_set_default(signal);
        RAW(SYS_tgkill, RAW(SYS_getpid), RAW(SYS_gettid), signal);
    }
}

/* A signal between the last look at the queue and the `syscall` instruction must not let the call block. */
static void fail_call_about_to_begin(greg_t *registers)
{
    uintptr_t at = (uintptr_t)registers[REG_RIP];
    __atomic_fetch_add(&fred_interruptions, 1, __ATOMIC_SEQ_CST);
    if (at >= (uintptr_t)fred_raw_unless_check && at <= (uintptr_t)fred_raw_unless_instruction) {
        registers[REG_RIP] = (greg_t)fred_raw_unless_after;
        registers[REG_RAX] = RAW_NOT_BEGUN;
    }
}

static void call_attention(greg_t *registers)
{
    if (native_take_over(registers)) {
        runloop_attention = true;
    } else {
        runloop_ask_attention((uint64_t)registers[REG_RIP], (uint64_t *)&registers[REG_RCX]);
        fail_call_about_to_begin(registers);
    }
}

void signals_on_asynchronous(int signal, siginfo_t *info, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    if (session.mode == MODE_OFF && session.role == ROLE_NONE) {
        signals_run_directly(signal, info, context);
        return;
    }
    bool from_terminal = signal == SIGINT && info->si_code == SI_KERNEL; /* Ctrl-C belongs to the debugger */
    if (!is_live() || from_terminal) {
        signals.ignored = true;
    } else {
        memcpy(signals.queued_info[signal], info, SIGNAL_INFO_BYTES);
        __atomic_or_fetch(&signals.queued, BIT(signal), __ATOMIC_SEQ_CST);
        call_attention(registers);
        return;
    }
    fail_call_about_to_begin(registers);
}

/* Fred's own signal: the controller wants something. */
static void on_pause(int signal, siginfo_t *info, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    (void)signal, (void)info;
    signals.ignored = true;
    call_attention(registers);
}

/* ---- taking over ---- */

/* Makes the kernel's disposition fit the program's. */
void signals_install(int signal)
{
    if (is_ours(signal)) {
        return;
    }
    if (FAULTS & BIT(signal)) {
        signals_install_kernel(signal, signals_on_fault, SA_NODEFER);
    } else if (has_handler(signal) || (signals.program[signal].handler == SIG_DFL && !is_harmless(signal))) {
        signals_install_kernel(signal, signals_on_asynchronous, 0);
    } else {
        struct action action = {signals.program[signal].handler, SA_RESTORER_FLAG | (signals.program[signal].flags & (SA_NOCLDSTOP | SA_NOCLDWAIT)), (void *)fred_restorer, 0};
        RAW(SYS_rt_sigaction, signal, &action, NULL, sizeof action.mask);
    }
}

void signals_restore_stack(void)
{
    stack_t ours = {.ss_sp = stack, .ss_size = sizeof stack};
    RAW(SYS_sigaltstack, &ours, NULL);
}

void signals_init(void)
{
    signals_restore_stack();
    RAW(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &signals.mask, sizeof signals.mask);
    for (int signal = 1; signal < SIGNALS; signal++) {
        RAW(SYS_rt_sigaction, signal, NULL, &signals.program[signal], sizeof signals.program[signal].mask);
        signals_install(signal);
    }
    signals_install_kernel(SIGSTKFLT, on_pause, 0);
    signals_set_kernel_mask(signals.mask);
}

void signals_let_go(void)
{
    RAW(SYS_sigaltstack, &signals.alternate, NULL);
    for (int signal = 1; signal < SIGNALS; signal++) {
        RAW(SYS_rt_sigaction, signal, &signals.program[signal], NULL, sizeof signals.program[signal].mask);
    }
    if (!kernel_threads_exist()) { /* else each of them has a mask of its own, and this is not the program's moment */
        RAW(SYS_rt_sigprocmask, SIG_SETMASK, &signals.mask, NULL, sizeof signals.mask);
    }
}

uint64_t signals_take_queued(void) { return __atomic_exchange_n(&signals.queued, 0, __ATOMIC_SEQ_CST); }

void signals_become_live(void)
{
    signals.queued = 0;
    signals_set_kernel_mask(signals.mask);
    for (int signal = 1; signal < SIGNALS; signal++) {
        signals_install(signal);
    }
}
