/* What the program asks for and sees: actions, mask, alternate stack. */
#include <errno.h>

#include "context.h"
#include "intercept.h"
#include "raw.h"
#include "program_signals.h"
#include "runloop.h"
#include "signal_state.h"
#include "signals.h"

static int64_t change_action(int64_t signal, const struct action *wanted, struct action *old)
{
    if (signal < 1 || signal >= SIGNALS || (wanted != NULL && (signal == SIGKILL || signal == SIGSTOP))) {
        return -EINVAL;
    }
    struct action before = signals.program[signal];
    if (wanted != NULL) {
        signals.program[signal] = *wanted;
        signals.program[signal].mask &= ~(BIT(SIGKILL) | BIT(SIGSTOP));
        if (wanted->handler == SIG_IGN) {
            __atomic_and_fetch(&signals.queued, ~BIT(signal), __ATOMIC_SEQ_CST);
        }
        signals_install((int)signal);
    }
    if (old != NULL) {
        *old = before;
    }
    return 0;
}

void signals_set_mask(uint64_t wanted)
{
    signals.mask = wanted & ~(BIT(SIGKILL) | BIT(SIGSTOP));
    if (is_live()) {
        signals_set_kernel_mask(signals.mask);
    }
    if (signals_pending()) {
        runloop_attention = true;
    }
}

static int64_t change_mask(int64_t how, const uint64_t *set, uint64_t *old)
{
    uint64_t before = signals.mask;
    if (set != NULL) {
        if (how < SIG_BLOCK || how > SIG_SETMASK) {
            return -EINVAL;
        }
        signals_set_mask(how == SIG_BLOCK ? signals.mask | *set : how == SIG_UNBLOCK ? signals.mask & ~*set : *set);
    }
    if (old != NULL) {
        *old = before;
    }
    return 0;
}

static bool on_alternate(void)
{
    uint64_t sp = CONTEXT->r[RSP], start = (uint64_t)(uintptr_t)signals.alternate.ss_sp;
    return !(signals.alternate.ss_flags & SS_DISABLE) && sp > start && sp <= start + signals.alternate.ss_size;
}

bool signals_idle_stack(uint64_t *start, uint64_t *end)
{
    *start = (uint64_t)(uintptr_t)signals.alternate.ss_sp;
    *end = *start + signals.alternate.ss_size;
    return !(signals.alternate.ss_flags & SS_DISABLE) && !on_alternate();
}

static stack_t reported_stack(void)
{
    stack_t reported = signals.alternate;
    reported.ss_flags = signals.alternate.ss_flags & SS_DISABLE ? SS_DISABLE : on_alternate() ? SS_ONSTACK : 0;
    return reported;
}

static int64_t change_stack(const stack_t *wanted, stack_t *old)
{
    stack_t before = reported_stack();
    if (wanted != NULL) {
        if (on_alternate()) {
            return -EPERM;
        }
        if (!(wanted->ss_flags & SS_DISABLE) && wanted->ss_size < (size_t)MINSIGSTKSZ) {
            return -ENOMEM;
        }
        signals.alternate = *wanted;
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
        *result = change_mask(a[0], (const uint64_t *)a[1], (uint64_t *)a[2]);
        return true;
    case SYS_sigaltstack:
        *result = change_stack((const stack_t *)a[0], (stack_t *)a[1]);
        return true;
    default:
        return false;
    }
}

struct handler signals_enter(int signal)
{
    struct action action = signals.program[signal];
    struct handler handler = {(uint64_t)action.handler, (uint64_t)action.restorer, 0, reported_stack(), signals.suspended ? signals.suspended_mask : signals.mask};
    if ((action.flags & SA_ONSTACK) && !(signals.alternate.ss_flags & SS_DISABLE) && !on_alternate()) {
        handler.stack_top = (uint64_t)(uintptr_t)signals.alternate.ss_sp + signals.alternate.ss_size;
    }
    signals.suspended = false;
    if (action.flags & SA_RESETHAND) {
        signals.program[signal].handler = SIG_DFL;
    }
    signals_set_mask(handler.old_mask | action.mask | (action.flags & SA_NODEFER ? 0 : BIT(signal)));
    return handler;
}

void signals_leave(uint64_t wanted) { signals_set_mask(wanted); }

void signals_suspend(uint64_t wanted)
{
    signals.suspended_mask = signals.mask;
    signals.suspended = true;
    signals.mask = wanted & ~(BIT(SIGKILL) | BIT(SIGSTOP));
}

void signals_resume(void)
{
    if (signals.suspended) {
        signals.suspended = false;
        signals_set_mask(signals.suspended_mask);
    }
}
