#include "deadlines.h"

#include <linux/futex.h>
#include <stddef.h>
#include <sys/time.h>

#include "raw.h"

static const int64_t second = 1000000000;

static int64_t now(int64_t clock)
{
    struct timespec time = {0, 0};
    RAW(SYS_clock_gettime, clock, &time);
    return time.tv_sec * second + time.tv_nsec;
}

static int64_t ns(const struct timespec *time)
{
    return time == NULL ? INT64_MAX : time->tv_sec > INT64_MAX / second / 4 ? INT64_MAX / 4 : time->tv_sec * second + time->tv_nsec;
}

static int64_t ms(int64_t time) { return (int)time < 0 ? INT64_MAX : (int)time * (second / 1000); }

static int64_t interval(const struct timeval *time) { return time == NULL ? INT64_MAX : time->tv_sec * second + time->tv_usec * 1000; }

static int64_t until(int64_t clock, const struct timespec *time) { return time == NULL ? INT64_MAX : ns(time) - now(clock); }

static int64_t of_futex(const int64_t *a)
{
    const struct timespec *time = (const struct timespec *)a[3];
    return (a[1] & FUTEX_CMD_MASK) == FUTEX_WAIT ? ns(time) : until(a[1] & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC, time);
}

/* How long it may take from now on. */
static int64_t length_of(const struct call *call)
{
    const int64_t *a = call->arguments;
    switch (call->nr) {
    case SYS_futex: return of_futex(a);
    case SYS_poll: return ms(a[2]);
    case SYS_epoll_wait: case SYS_epoll_pwait: return ms(a[3]);
    case SYS_epoll_pwait2: return ns((const struct timespec *)a[3]);
    case SYS_ppoll: case SYS_rt_sigtimedwait: return ns((const struct timespec *)a[2]);
    case SYS_pselect6: return ns((const struct timespec *)a[4]);
    case SYS_select: return interval((const struct timeval *)a[4]);
    case SYS_nanosleep: return ns((const struct timespec *)a[0]);
    case SYS_clock_nanosleep: return a[1] & TIMER_ABSTIME ? until(a[0], (const struct timespec *)a[2]) : ns((const struct timespec *)a[2]);
    default: return INT64_MAX;
    }
}

int64_t deadlines_of(struct waiting *waiting)
{
    if (!waiting->timed) {
        int64_t length = length_of(&waiting->call);
        waiting->timed = true;
        waiting->deadline = length == INT64_MAX ? INT64_MAX : now(CLOCK_MONOTONIC) + length;
    }
    return waiting->deadline;
}

bool deadlines_passed(struct waiting *waiting) { return deadlines_of(waiting) != INT64_MAX && now(CLOCK_MONOTONIC) >= waiting->deadline; }

const struct timespec *deadlines_until(int64_t deadline, struct timespec *time)
{
    int64_t left = deadline == INT64_MAX ? 0 : deadline - now(CLOCK_MONOTONIC);
    left = left < 0 ? 0 : left;
    *time = (struct timespec){left / second, left % second};
    return deadline == INT64_MAX ? NULL : time;
}

void deadlines_left(struct waiting *waiting)
{
    const int64_t *a = waiting->call.arguments;
    bool relative = waiting->call.nr == SYS_clock_nanosleep && !(a[1] & TIMER_ABSTIME);
    int64_t to = waiting->call.nr == SYS_nanosleep ? a[1] : relative ? a[3] : 0;
    if (to != 0) {
        deadlines_until(deadlines_of(waiting), (struct timespec *)to);
    }
}
