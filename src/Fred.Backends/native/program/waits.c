/* The hard part is that nothing may happen to the program's memory while its thread waits: whether a call would wait is asked by other means (poll), and the call itself is
 * made when the thread has its turn. So a replica finds its effects at one place of the log. */
#include "waits.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "backlog.h"
#include "calls.h"
#include "clock.h"
#include "deadlines.h"
#include "directed.h"
#include "locks.h"
#include "polling.h"
#include "program_signals.h"
#include "raw.h"
#include "runloop.h"
#include "session.h"
#include "signal_state.h"
#include "signals.h"
#include "sysdesc.h"
#include "views.h"

enum { LOOK_NS = 1000000 };

/* ---- children and signals ---- */

static bool is_wait(int64_t nr) { return nr == SYS_wait4 || nr == SYS_waitid; }

static bool child_is_ready(const struct call *call)
{
    const int64_t *a = call->arguments;
    siginfo_t info = {0};
    info.si_pid = 0;
    int64_t pid = (int)a[0], type = pid > 0 ? P_PID : pid == -1 ? P_ALL : P_PGID, options = a[2] | WEXITED;
    pid = pid < -1 ? -pid : pid == -1 ? 0 : pid;
    if (call->nr == SYS_waitid) {
        type = a[0], pid = a[1], options = a[3];
    }
    return RAW(SYS_waitid, type, pid, &info, options | WNOHANG | WNOWAIT, 0) < 0 || info.si_pid != 0;
}

static bool signal_is_ready(const struct thread *thread)
{
    uint64_t pending = 0, wanted = *(const uint64_t *)thread->waiting.call.arguments[0];
    RAW(SYS_rt_sigpending, &pending, sizeof pending);
    return ((pending | directed_to(thread)) & wanted) != 0;
}

/* ---- one call ---- */

static bool may_wait(const struct call *call)
{
    int64_t nr = call->nr;
    if (polling_events(call) != 0) {
        return !polling_never_waits(call);
    }
    return locks_sleeps_shared(call) || polling_has_list(nr) || (is_wait(nr) && !(call->arguments[nr == SYS_wait4 ? 2 : 3] & WNOHANG)) || nr == SYS_nanosleep || nr == SYS_clock_nanosleep || nr == SYS_pause
        || nr == SYS_rt_sigsuspend || nr == SYS_rt_sigtimedwait;
}

void waits_begin(const struct call *call)
{
    struct waiting *waiting = &contexts_current()->waiting;
    memset(waiting, 0, sizeof *waiting);
    waiting->call = *call;
    waiting->in_call = true;
}

/* A child's end must interrupt us when there is nothing else to do. */
static void notice_children(void)
{
    if (!has_handler(SIGCHLD)) {
        signals_install_kernel(SIGCHLD, signals_on_asynchronous, 0);
    }
}

bool waits_would(const struct call *call)
{
    if (!may_wait(call)) {
        return false;
    }
    waits_begin(call);
    if (call->nr == SYS_futex) {
        locks_sleep(call);
        return true; /* also if it need not sleep: the kernel could find that it must */
    }
    if (is_wait(call->nr)) {
        notice_children();
    }
    if (call->nr == SYS_rt_sigsuspend) {
        signals_suspend(*(const uint64_t *)call->arguments[0]);
        return true;
    }
    if (!polling_is_long_write(call) && waits_ready(contexts_current())) {
        contexts_current()->waiting.in_call = false;
        return false;
    }
    return true;
}

static bool is_interrupted(const struct thread *thread)
{
    uint64_t mask = thread == contexts_current() ? signals.mask : thread->mask;
    return thread->waiting.interrupted || (directed_to(thread) & ~mask) != 0;
}

bool waits_ready(struct thread *thread)
{
    struct waiting *waiting = &thread->waiting;
    const struct call *call = &waiting->call;
    if (call->nr == SYS_exit) {
        return false;
    }
    if (is_interrupted(thread) || (waiting->sleeps && waiting->word == NULL) || deadlines_passed(waiting) || locks_has_changed(waiting)) {
        return true;
    }
    if (waiting->sleeps) {
        return false;
    }
    switch (call->nr) {
    case SYS_wait4: case SYS_waitid: return child_is_ready(call);
    case SYS_rt_sigtimedwait: return signal_is_ready(thread);
    default: break;
    }
    if (backlog_has(call)) {
        return true;
    }
    return polling_is_long_write(call) ? polling_carry_on_writing(waiting) : polling_is_ready(call);
}

/* The same call, which must not wait any more: its time is over, or it is ready. */
static int64_t perform_now(const struct call *original)
{
    static struct timespec no_time;
    static struct timeval no_interval;
    struct call call = *original;
    int64_t *a = call.arguments, result;
    no_time = (struct timespec){0, 0};
    no_interval = (struct timeval){0, 0};
    switch (call.nr) {
    case SYS_poll: a[2] = 0; break;
    case SYS_epoll_wait: case SYS_epoll_pwait: a[3] = 0; break;
    case SYS_epoll_pwait2: a[3] = (int64_t)&no_time; break;
    case SYS_ppoll: a[2] = (int64_t)&no_time; break;
    case SYS_pselect6: a[4] = (int64_t)&no_time; break;
    case SYS_select: a[4] = (int64_t)&no_interval; break;
    case SYS_rt_sigtimedwait: a[2] = (int64_t)&no_time; break;
    case SYS_nanosleep: case SYS_clock_nanosleep: return 0;
    default: break;
    }
    if (!backlog_read(&call, &result)) {
        result = intercept_perform(&call);
    }
    return result == -EINTR ? BEGIN_AGAIN : result; /* somebody else was faster, and Fred wants something */
}

static int64_t interrupted(struct waiting *waiting)
{
    const struct call *call = &waiting->call;
    if (call->nr == SYS_rt_sigsuspend || call->nr == SYS_pause || !signals_restart(call->nr)) {
        deadlines_left(waiting);
        return waiting->done > 0 ? waiting->done : -EINTR;
    }
    return waiting->done > 0 ? waiting->done : BEGIN_AGAIN;
}

bool waits_interrupted(struct thread *thread, int64_t *result)
{
    bool is = is_interrupted(thread);
    *result = is ? interrupted(&thread->waiting) : 0;
    return is && *result != BEGIN_AGAIN;
}

static int64_t outcome(struct thread *thread)
{
    struct waiting *waiting = &thread->waiting;
    const struct call *call = &waiting->call;
    int64_t result;
    if (waiting->sleeps) {
        return waiting->word == NULL ? 0 : is_interrupted(thread) ? interrupted(waiting) : locks_has_changed(waiting) ? -EAGAIN : -ETIMEDOUT;
    }
    if (call->nr == SYS_rt_sigtimedwait && directed_take(call, &result)) {
        return result;
    }
    if (is_interrupted(thread)) {
        return interrupted(waiting);
    }
    return polling_is_long_write(call) ? waiting->done : perform_now(call);
}

int64_t waits_finish(void)
{
    struct thread *thread = contexts_current();
    struct waiting *waiting = &thread->waiting;
    static struct call call;
    int64_t result;
    call = waiting->call;
    if (session.mode == MODE_REPLAY) {
        result = generic_call(&call);
        if (call.nr == SYS_rt_sigtimedwait && result > 0) {
            directed_done((int)result);
        }
    } else {
        uint64_t hash = sysdesc_hash_inputs(sysdesc_find(call.nr), call.arguments);
        result = outcome(thread);
        generic_record(&call, hash, result);
        views_look();
        runloop_attention = runloop_attention || signals_pending();
    }
    waiting->in_call = waiting->sleeps = waiting->shared = waiting->interrupted = false;
    waiting->word = NULL;
    return result;
}

/* ---- nothing to do ---- */

static int64_t signals_waited_for(const struct call *call)
{
    return call->nr == SYS_rt_sigtimedwait ? RAW(SYS_signalfd4, -1, call->arguments[0], sizeof(uint64_t), SOCK_CLOEXEC | SOCK_NONBLOCK) : -1;
}

/* A signal for whoever does not block it ends that one's wait. */
static void interrupt_one(void)
{
    for (int i = 0; i < contexts_places; i++) {
        struct thread *thread = &contexts[(contexts_here + i) % contexts_places];
        if (thread->alive && thread->waiting.in_call && thread->waiting.call.nr != SYS_exit && (signals.queued & ~(i == 0 ? signals.mask : thread->mask))) {
            thread->waiting.interrupted = true;
            return;
        }
    }
}

static void wait_in_kernel(int64_t count, const struct timespec *time, uint64_t blocked)
{
    uint64_t all = ~(uint64_t)0;
    blocked &= ~(FAULTS | BIT(SIGSTKFLT) | BIT(SIGSYS));
    RAW(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all); /* none between the look and the wait */
    clock_slot->in_syscall = 1;
    if (!(signals.queued & ~blocked) && !(clock_slot->pause && session.started)) {
        RAW(SYS_ppoll, polled, count, time, &blocked, sizeof blocked);
    }
    clock_slot->in_syscall = 0;
    signals_restore_kernel_mask();
}

void waits_idle(void)
{
    int64_t count = 0, extra[MAX_CONTEXTS];
    int extras = 0;
    uint64_t blocked = ~(uint64_t)0;
    struct timespec time;
    int64_t first = INT64_MAX;
    bool shared = false;
    for (int i = 0; i < contexts_places; i++) {
        struct thread *thread = &contexts[i];
        if (!thread->alive) {
            continue;
        }
        blocked &= i == contexts_here ? signals.mask : thread->mask;
        if (thread->waiting.call.nr == SYS_exit) {
            continue;
        }
        first = deadlines_of(&thread->waiting) < first ? deadlines_of(&thread->waiting) : first;
        shared = shared || thread->waiting.shared;
        count += thread->waiting.sleeps ? 0 : polling_take(&thread->waiting.call, MOST_POLLED - count);
        int64_t fd = signals_waited_for(&thread->waiting.call);
        if (fd >= 0 && count < MOST_POLLED) {
            polled[count++] = (struct pollfd){(int)fd, POLLIN, 0};
            extra[extras++] = fd;
        }
    }
    const struct timespec *until = deadlines_until(first, &time);
    if (shared && (until == NULL || time.tv_sec > 0 || time.tv_nsec > LOOK_NS)) {
        time = (struct timespec){0, LOOK_NS}; /* nothing tells that another process has changed a word */
        until = &time;
    }
    wait_in_kernel(count, until, blocked);
    while (extras > 0) {
        RAW(SYS_close, extra[--extras]);
    }
    signals_drop_unheeded();
    interrupt_one();
    signals_take_ignored();
}
