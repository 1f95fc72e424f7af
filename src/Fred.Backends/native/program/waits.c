/* The hard part is that nothing may happen to the program's memory while its thread waits: whether a call would wait is asked by other means (poll), and the call itself is
 * made when the thread has its turn. So a replica finds its effects at one place of the log. */
#include "waits.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "backlog.h"
#include "calls.h"
#include "clock.h"
#include "deadlines.h"
#include "directed.h"
#include "program_signals.h"
#include "raw.h"
#include "runloop.h"
#include "session.h"
#include "signal_state.h"
#include "signals.h"
#include "sysdesc.h"

enum { MOST_POLLED = 1024, PIPE_PIECE = 4096 };

static struct pollfd polled[MOST_POLLED];

/* ---- descriptors ---- */

static short events_of(const struct call *call)
{
    switch (call->nr) {
    case SYS_read: case SYS_readv: case SYS_recvfrom: case SYS_recvmsg: case SYS_recvmmsg: case SYS_accept: case SYS_accept4: case SYS_epoll_wait: case SYS_epoll_pwait:
    case SYS_epoll_pwait2:
        return POLLIN;
    case SYS_write: case SYS_writev: case SYS_sendto: case SYS_sendmsg: return POLLOUT;
    default: return 0;
    }
}

static bool is_epoll(int64_t nr) { return nr == SYS_epoll_wait || nr == SYS_epoll_pwait || nr == SYS_epoll_pwait2; }

/* It fails rather than wait. */
static bool never_waits(const struct call *call)
{
    const int64_t *a = call->arguments;
    int64_t flags = call->nr == SYS_sendto || call->nr == SYS_recvfrom ? a[3] : call->nr == SYS_sendmsg || call->nr == SYS_recvmsg ? a[2] : 0;
    int64_t status = is_epoll(call->nr) ? 0 : RAW(SYS_fcntl, a[0], F_GETFL);
    return (flags & MSG_DONTWAIT) || status < 0 || (status & O_NONBLOCK);
}

static bool can_go_on(int64_t fd, short events)
{
    struct pollfd one = {(int)fd, events, 0};
    struct timespec none = {0, 0};
    return RAW(SYS_ppoll, &one, 1, &none, 0, 0) != 0;
}

/* More than a pipe is sure to take at once: written in pieces while others run, who may be the readers. */
static bool is_long_write(const struct call *call)
{
    struct stat status;
    return call->nr == SYS_write && call->arguments[2] > PIPE_PIECE && RAW(SYS_fstat, call->arguments[0], &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

static bool carry_on_writing(struct waiting *waiting)
{
    const int64_t *a = waiting->call.arguments;
    while (waiting->done < a[2] && can_go_on(a[0], POLLOUT)) {
        int64_t left = a[2] - waiting->done;
        int64_t written = RAW(SYS_sendto, a[0], a[1] + waiting->done, left, MSG_DONTWAIT, 0, 0);
        if (written == -ENOTSOCK) {
            written = RAW(SYS_write, a[0], a[1] + waiting->done, left < PIPE_PIECE ? left : PIPE_PIECE);
        }
        if (written == -EAGAIN || written == -EINTR) {
            return false;
        }
        if (written < 0) {
            waiting->done = waiting->done > 0 ? waiting->done : written;
            return true;
        }
        waiting->done += written;
    }
    return waiting->done == a[2];
}

/* ---- what poll and select wait for, without their effect on the program's memory ---- */

static int64_t take_poll(const struct call *call, int64_t room)
{
    int64_t count = call->arguments[1] < room ? call->arguments[1] : room;
    memcpy(polled + MOST_POLLED - room, (const void *)call->arguments[0], (size_t)count * sizeof *polled);
    return count;
}

static int64_t take_select(const struct call *call, int64_t room)
{
    const int64_t *a = call->arguments;
    static const short events[] = {POLLIN, POLLOUT, POLLPRI};
    int64_t count = 0;
    for (int fd = 0; fd < a[0] && fd < FD_SETSIZE && count < room; fd++) {
        struct pollfd *one = &polled[MOST_POLLED - room + count];
        *one = (struct pollfd){fd, 0, 0};
        for (int set = 0; set < 3; set++) {
            if (a[1 + set] != 0 && FD_ISSET(fd, (fd_set *)a[1 + set])) {
                one->events |= events[set];
            }
        }
        count += one->events != 0;
    }
    return count;
}

static bool is_poll(int64_t nr) { return nr == SYS_poll || nr == SYS_ppoll; }
static bool is_select(int64_t nr) { return nr == SYS_select || nr == SYS_pselect6; }

/* The descriptors that this call waits for, at the end of `polled`, where `room` are left. */
static int64_t take(const struct call *call, int64_t room)
{
    if (is_poll(call->nr)) {
        return take_poll(call, room);
    }
    if (is_select(call->nr)) {
        return take_select(call, room);
    }
    if (events_of(call) == 0 || room == 0) {
        return 0;
    }
    polled[MOST_POLLED - room] = (struct pollfd){(int)call->arguments[0], events_of(call), 0};
    return 1;
}

static bool any_ready(const struct call *call)
{
    struct timespec none = {0, 0};
    int64_t count = take(call, MOST_POLLED);
    return count == MOST_POLLED || (count > 0 && RAW(SYS_ppoll, polled, count, &none, 0, 0) != 0);
}

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
    if (events_of(call) != 0) {
        return !never_waits(call);
    }
    return is_poll(nr) || is_select(nr) || (is_wait(nr) && !(call->arguments[nr == SYS_wait4 ? 2 : 3] & WNOHANG)) || nr == SYS_nanosleep || nr == SYS_clock_nanosleep || nr == SYS_pause
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
    if (is_wait(call->nr)) {
        notice_children();
    }
    if (call->nr == SYS_rt_sigsuspend) {
        signals_suspend(*(const uint64_t *)call->arguments[0]);
        return true;
    }
    if (!is_long_write(call) && waits_ready(contexts_current())) {
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
    if (is_interrupted(thread) || (waiting->sleeps && waiting->word == NULL) || deadlines_passed(waiting)) {
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
    return is_long_write(call) ? carry_on_writing(waiting) : any_ready(call);
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

static int64_t outcome(struct thread *thread)
{
    struct waiting *waiting = &thread->waiting;
    const struct call *call = &waiting->call;
    int64_t result;
    if (waiting->sleeps) {
        return waiting->word == NULL ? 0 : is_interrupted(thread) ? interrupted(waiting) : -ETIMEDOUT;
    }
    if (call->nr == SYS_rt_sigtimedwait && directed_take(call, &result)) {
        return result;
    }
    if (is_interrupted(thread)) {
        return interrupted(waiting);
    }
    return is_long_write(call) ? waiting->done : perform_now(call);
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
        runloop_attention = runloop_attention || signals_pending();
    }
    waiting->in_call = waiting->sleeps = waiting->interrupted = false;
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
        count += thread->waiting.sleeps ? 0 : take(&thread->waiting.call, MOST_POLLED - count);
        int64_t fd = signals_waited_for(&thread->waiting.call);
        if (fd >= 0 && count < MOST_POLLED) {
            polled[count++] = (struct pollfd){(int)fd, POLLIN, 0};
            extra[extras++] = fd;
        }
    }
    wait_in_kernel(count, deadlines_until(first, &time), blocked);
    while (extras > 0) {
        RAW(SYS_close, extra[--extras]);
    }
    interrupt_one();
    signals_take_ignored();
}
