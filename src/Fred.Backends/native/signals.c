/* The hard part is that SIGSYS must get through at any moment: the program's mask is kept in the interrupted context, never in the
 * kernel while our handler runs, and no call of the program may block or take SIGSYS. */
#include "signals.h"

#include <errno.h>
#include <string.h>

#include "baton.h"
#include "clock.h"
#include "control.h"
#include "follow.h"
#include "identity.h"
#include "log.h"
#include "mirrors.h"
#include "protocol.h"
#include "raw.h"
#include "run.h"
#include "session.h"
#include "thread_signals.h"
#include "threads.h"

/* The kernel's struct sigaction, which is not libc's. */
struct action {
    void *handler;
    uint64_t flags;
    void *restorer;
    uint64_t mask;
};

enum { SIGNALS = 65, SA_RESTORER_FLAG = 0x04000000, LIBC_CANCEL = 32, LIBC_SETXID = 33 };
#define BIT(signal) ((uint64_t)1 << ((signal) - 1))

static struct action program[SIGNALS];  /* as the program set them */
static __thread volatile uint64_t queued; /* BIT(signal): handler waits. As all of these, of the thread that the kernel chose */
static __thread volatile bool ignored;  /* a signal was swallowed */
static __thread bool handling;          /* a handler runs; the next one waits for its end, or a storm of signals would fill the stack */

static bool is_fatal(int signal)
{
    return signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGILL || signal == SIGABRT;
}

/* By default. Ctrl-C is the debugger's, and what the program does to itself is fatal. */
static bool ends_program(int signal)
{
    static const uint64_t others = BIT(SIGHUP) | BIT(SIGQUIT) | BIT(SIGUSR1) | BIT(SIGUSR2) | BIT(SIGPIPE) | BIT(SIGALRM) | BIT(SIGTERM) | BIT(SIGXCPU) | BIT(SIGXFSZ)
        | BIT(SIGVTALRM) | BIT(SIGPROF) | BIT(SIGIO) | BIT(SIGPWR);
    return program[signal].handler == SIG_DFL && (others & BIT(signal));
}

static bool has_handler(int signal) { return program[signal].handler != SIG_DFL && program[signal].handler != SIG_IGN; }

void signals_install_kernel(int signal, void (*handler)(int, siginfo_t *, void *), unsigned flags)
{
    struct action action = {(void *)handler, SA_SIGINFO | SA_RESTORER_FLAG | flags, (void *)fred_restorer, 0};
    RAW(SYS_rt_sigaction, signal, &action, NULL, sizeof action.mask);
}

static void set_default(int signal)
{
    struct action action = {SIG_DFL, SA_RESTORER_FLAG, (void *)fred_restorer, 0};
    RAW(SYS_rt_sigaction, signal, &action, NULL, sizeof action.mask);
}

static void run_directly(int signal, siginfo_t *info, void *context)
{
    if (has_handler(signal)) {
        ((void (*)(int, siginfo_t *, void *))program[signal].handler)(signal, info, context);
    } else if (program[signal].handler == SIG_DFL) {
        set_default(signal);
        RAW(SYS_tgkill, RAW(SYS_getpid), RAW(SYS_gettid), signal);
    }
}

/* Signals the program handles, and SIGINT always. */
static void on_program_signal(int signal, siginfo_t *info, void *context)
{
    if (session.mode == MODE_OFF && session.role == ROLE_NONE) {
        run_directly(signal, info, context);
        return;
    }
    bool from_terminal = signal == SIGINT && info->si_code == SI_KERNEL; /* Ctrl-C belongs to the debugger */
    if (session.mode != MODE_RECORD || from_terminal) {
        ignored = true;
    } else if (has_handler(signal) || (session.followed && ends_program(signal))) {
        __atomic_or_fetch(&queued, BIT(signal), __ATOMIC_SEQ_CST);
        clock_slot->target = 0;
        baton_poke(threads_here());
    } else {
        run_directly(signal, info, context);
        return;
    }
    thread_signals_fail_call(context);
}

/* Fred's own signal: the controller wants a blocking call interrupted. */
static void on_pause(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)info;
    ignored = true;
    baton_poke(threads_here());
    thread_signals_fail_call(context);
}

static const char *name_of(int signal)
{
    static char text[16] = "SIG";
    const char *name = sigabbrev_np(signal);
    strncpy(text + 3, name != NULL ? name : "", sizeof text - 4);
    return text;
}

void signals_die(int signal)
{
    mirrors_push();
    if (session.mode != MODE_OFF && !follow_part()) {
        run_end_in_call(STOP_SIGNAL, name_of(signal));
    }
    set_default(signal);
    for (;;) {
        RAW(SYS_tgkill, RAW(SYS_getpid), RAW(SYS_gettid), signal);
    }
}

/* A fault happens again by itself in a replica. A signal that was sent (abort) does not, as replicas send none. */
static void on_fatal(int signal, siginfo_t *info, void *context)
{
    (void)context;
    if (session.mode == MODE_RECORD && info->si_code <= 0) {
        log_begin(LOG_FATAL, signal, 0, 0);
        log_end();
    }
    signals_die(signal);
}

static bool is_live(void) { return session.mode == MODE_RECORD; }

/* Makes the kernel's disposition fit the program's. */
static void install(int signal)
{
    struct action action = program[signal];
    if (is_fatal(signal)) {
        if (action.handler == SIG_DFL) {
            signals_install_kernel(signal, on_fatal, SA_ONSTACK | SA_NODEFER);
            return;
        } /* else as the program wants it, also in replicas: a fault happens there again */
    } else if (!is_live()) {
        return;
    } else if ((signal == SIGINT && action.handler != SIG_IGN && !has_handler(signal)) || (session.followed && ends_program(signal))) {
        signals_install_kernel(signal, on_program_signal, 0);
        return;
    } else if (has_handler(signal)) {
        action.handler = (void *)on_program_signal;
        action.flags |= SA_SIGINFO;
    }
    action.flags |= SA_RESTORER_FLAG;
    action.restorer = (void *)fred_restorer;
    action.mask &= ~BIT(SIGSYS);
    RAW(SYS_rt_sigaction, signal, &action, NULL, sizeof action.mask);
}

static bool is_ours(int signal) { return signal == SIGSYS || signal == SIGSTKFLT || signal == SIGKILL || signal == SIGSTOP; }

void signals_init(void)
{
    thread_signals_init();
    for (int signal = 1; signal < SIGNALS; signal++) {
        RAW(SYS_rt_sigaction, signal, NULL, &program[signal], sizeof program[signal].mask);
        if (is_fatal(signal)) {
            install(signal);
        }
    }
    if (program[SIGINT].handler != SIG_IGN) {
        signals_install_kernel(SIGINT, on_program_signal, 0); /* in replicas, too: Ctrl-C in the terminal reaches them all */
    }
    signals_install_kernel(SIGSTKFLT, on_pause, 0);
}

void signals_become_live(void)
{
    queued = 0;
    for (int signal = 1; signal < SIGNALS; signal++) {
        if (!is_ours(signal)) {
            install(signal);
        }
    }
}

/* Other threads may still make calls that are dispatched. */
void signals_let_go(void)
{
    for (int signal = 1; signal < SIGNALS; signal++) {
        if (signal != SIGSYS) {
            RAW(SYS_rt_sigaction, signal, &program[signal], NULL, sizeof program[signal].mask);
        }
    }
}

uint64_t signals_take_queued(void) { return __atomic_exchange_n(&queued, 0, __ATOMIC_SEQ_CST); }

static int64_t change_action(int64_t signal, const struct action *wanted, struct action *old)
{
    if (signal < 1 || signal >= SIGNALS || (wanted != NULL && (signal == SIGKILL || signal == SIGSTOP))) {
        return -EINVAL;
    }
    struct action before = program[signal];
    if (wanted != NULL) {
        program[signal] = *wanted;
        if (!is_ours((int)signal)) {
            install((int)signal);
        }
    }
    if (old != NULL) {
        *old = before;
    }
    return 0;
}

bool signals_call(struct call *call, int64_t *result)
{
    const int64_t *a = call->arguments;
    switch (call->nr) {
    case SYS_rt_sigaction:
        *result = change_action(a[0], (const struct action *)a[1], (struct action *)a[2]);
        return true;
    case SYS_rt_sigprocmask:
        *result = thread_signals_mask(call->context, a[0], (const uint64_t *)a[1], (uint64_t *)a[2]);
        return true;
    case SYS_sigaltstack:
        *result = thread_signals_stack(call->context, (const stack_t *)a[0], (stack_t *)a[1]);
        return true;
    default:
        return false;
    }
}

static bool is_of_libc(int signal) { return signal == LIBC_CANCEL || signal == LIBC_SETXID; }

bool signals_are_handled(int64_t signal) { return signal > 0 && signal < SIGNALS && has_handler((int)signal); }

bool signals_may_come(void)
{
    for (int signal = 1; signal < SIGNALS; signal++) {
        if (has_handler(signal) && signal != SIGINT && !is_fatal(signal) && !is_of_libc(signal)) {
            return true;
        }
    }
    return false;
}

bool signals_pending(void) { return queued != 0 && !handling; }

bool signals_take_ignored(void)
{
    bool was = ignored;
    ignored = false;
    return was;
}

bool signals_handling(void) { return handling; }

/* libc's own handlers, for the end of a thread by another one and for a change of user, only believe what comes from a thread of their process. */
void signals_run_handler(int64_t what)
{
    int signal = (int)what;
    if (ends_program(signal)) {
        signals_die(signal);
    }
    if (!has_handler(signal)) {
        return;
    }
    bool was = handling;
    handling = true;
    siginfo_t info;
    ucontext_t context;
    memset(&info, 0, sizeof info);
    memset(&context, 0, sizeof context);
    info.si_signo = signal;
    info.si_pid = (pid_t)(what >> 32);
    info.si_code = info.si_pid != 0 ? SI_TKILL : 0;
    ((void (*)(int, siginfo_t *, void *))program[signal].handler)(signal, &info, &context);
    handling = was;
}

void signals_interrupted(const struct call *call) { (void)call; }

void signals_deliver(bool in_call)
{
    while (signals_pending()) {
        int signal = __builtin_ctzll(queued) + 1;
        __atomic_and_fetch(&queued, ~BIT(signal), __ATOMIC_SEQ_CST);
        baton_seats[threads_here()].signalled = false;
        int64_t what = signal | (is_of_libc(signal) ? identity_pid() << 32 : 0);
        log_short(LOG_SIGNAL, what, in_call ? RECORD_IN_CALL : 0);
        signals_run_handler(what);
    }
}
