#include "intercept.h"

#include <signal.h>
#include <sys/prctl.h>

#include "calls.h"
#include "clock.h"
#include "futex.h"
#include "identity.h"
#include "patched.h"
#include "processor.h"
#include "raw.h"
#include "session.h"
#include "signals.h"
#include "thread_signals.h"
#include "threads.h"

enum { SET_SYSCALL_USER_DISPATCH = 59, DISPATCH_OFF = 0, DISPATCH_ON = 1, SYSCALL_BYTES = 2 };

/* Calls that need more than "perform and copy the outputs". True: *result is what the program gets. */
static bool handled_specially(struct call *call, int64_t *result)
{
    return signals_call(call, result) || thread_signals_kill(call, result) || memory_call(call, result) || children_call(call, result) || process_call(call, result);
}

/* In an inspector, which has to look like the program. */
static bool answered_alone(const struct call *call, int64_t *result)
{
    return session.mode == MODE_OFF && session.role != ROLE_NONE && (futex_alone(call, result) || identity_answer(call, result));
}

int64_t intercept_answer(struct call *call)
{
    int64_t result;
    if (session.mode == MODE_OFF || time_is_reading()) {
        return answered_alone(call, &result) ? result : intercept_perform(call);
    }
    processor_before_call(call);
    return handled_specially(call, &result) ? result : generic_call(call);
}

void intercept_leave(void)
{
    threads_let_go();
    RAW(SYS_prctl, SET_SYSCALL_USER_DISPATCH, DISPATCH_OFF, 0, 0, 0);
}

static void on_sigsys(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    ucontext_t *user = context;
    greg_t *registers = user->uc_mcontext.gregs;
    struct call call = {
        info->si_syscall,
        {registers[REG_RDI], registers[REG_RSI], registers[REG_RDX], registers[REG_R10], registers[REG_R8], registers[REG_R9]},
        user};
    if (session.mode == MODE_OFF && session.role == ROLE_NONE) {
        intercept_leave();
        registers[REG_RAX] = call.nr;
        registers[REG_RIP] -= SYSCALL_BYTES;
        return;
    }
    bool returns = call.nr != SYS_exit;
    if (!returns && session.mode != MODE_OFF) {
        patched_count((uintptr_t)info->si_call_addr);
    }
    registers[REG_RAX] = intercept_answer(&call);
    if (returns && session.mode != MODE_OFF) {
        patched_count((uintptr_t)info->si_call_addr);
    }
}

int intercept_on(void)
{
    /* SA_NODEFER: a signal handler of the program that runs inside our handler makes system calls, too. */
    signals_install_kernel(SIGSYS, on_sigsys, SA_NODEFER);
    return intercept_this_thread();
}

int intercept_this_thread(void)
{
    return (int)RAW(SYS_prctl, SET_SYSCALL_USER_DISPATCH, DISPATCH_ON, session.text_start, session.text_size, 0);
}
