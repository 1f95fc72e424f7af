#include "futex.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <time.h>

#include "baton.h"
#include "calls.h"
#include "clock.h"
#include "control.h"
#include "protocol.h"
#include "schedule.h"
#include "session.h"
#include "signals.h"
#include "threads.h"

enum { AT_ONCE_NS = 20000 };

static int operation(const struct call *call) { return (int)call->arguments[1] & FUTEX_CMD_MASK; }

bool futex_is_ours(const struct call *call)
{
    if (call->nr != SYS_futex || !threads_exist()) {
        return false;
    }
    return (call->arguments[1] & FUTEX_PRIVATE_FLAG) || !memory_is_shared((const void *)call->arguments[0]);
}

/* When an absolute wait ends; a relative one is made absolute. False: never. */
static bool deadline_of(const struct call *call, struct timespec *deadline, bool *realtime)
{
    const struct timespec *given = (const struct timespec *)call->arguments[3];
    if (given == NULL) {
        return false;
    }
    *realtime = operation(call) == FUTEX_WAIT_BITSET && (call->arguments[1] & FUTEX_CLOCK_REALTIME);
    *deadline = *given;
    if (operation(call) == FUTEX_WAIT) {
        struct timespec now;
        RAW(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
        deadline->tv_sec += now.tv_sec;
        deadline->tv_nsec += now.tv_nsec;
        if (deadline->tv_nsec >= 1000000000) {
            deadline->tv_nsec -= 1000000000;
            deadline->tv_sec++;
        }
    }
    return true;
}

/* One stretch of sleep. True: over, with *result. */
static bool sleep_once(const void *word, uint32_t bits, const struct timespec *deadline, bool realtime, int64_t *result)
{
    int me = threads_here();
    struct seat *seat = &baton_seats[me];
    bool timed_out;
    baton_lock();
    baton_fall_asleep(me, word, bits, deadline == NULL);
    baton_pass();
    if (clock_slot->pause != 0 && session.started && clock_slot->in_syscall) {
        baton_poke(me);
    }
    bool have = baton_sleep(me, deadline, realtime, &timed_out);
    threads_wake_up(have);
    bool woken = seat->waits_at == NULL || session.mode == MODE_OFF; /* the process is not recorded any more: it asks the kernel next */
    if (!woken && signals_pending()) {
        *result = -EINTR;
    } else if (!woken && timed_out) {
        *result = -ETIMEDOUT;
    } else {
        *result = 0;
    }
    seat->waits_at = NULL;
    if (woken || *result != 0) {
        return true;
    }
    if (baton_take_deadlock()) {
        control_stop_for_good(STOP_DEADLOCK, ""); /* proven: it would wait for ever */
    } else if (clock_slot->pause != 0 && session.started) {
        control_stop_in_call(STOP_PAUSE, "futex");
    }
    return false;
}

/* Chaos: a wait that is over at once by its own wish (a thread that asks for the interpreter every microsecond) takes no time, so that chance decides and not
 * how fast the machine wakes a thread up. */
static bool is_over_at_once(const struct timespec *deadline, bool realtime)
{
    struct timespec now;
    if (!schedule_is_random()) {
        return false;
    }
    RAW(SYS_clock_gettime, realtime ? CLOCK_REALTIME : CLOCK_MONOTONIC, &now);
    return (deadline->tv_sec - now.tv_sec) * 1000000000 + deadline->tv_nsec - now.tv_nsec < AT_ONCE_NS;
}

static int64_t time_out(const void *word, uint32_t bits)
{
    struct seat *seat = &baton_seats[threads_here()];
    baton_fall_asleep(threads_here(), word, bits, false);
    threads_give_way();
    bool woken = seat->waits_at == NULL;
    seat->waits_at = NULL;
    return woken ? 0 : -ETIMEDOUT;
}

static int64_t wait(const struct call *call, bool again)
{
    const volatile uint32_t *word = (const volatile uint32_t *)call->arguments[0];
    uint32_t bits = operation(call) == FUTEX_WAIT_BITSET ? (uint32_t)call->arguments[5] : FUTEX_BITSET_MATCH_ANY;
    struct timespec deadline;
    bool realtime = false;
    int64_t result;
    if (*word != (uint32_t)call->arguments[2]) {
        return -EAGAIN;
    }
    if (again) {
        return 0;
    }
    if (signals_pending()) {
        return -EINTR;
    }
    bool limited = deadline_of(call, &deadline, &realtime);
    if (clock_suspended) {
        if (!limited) {
            control_stop_for_good(STOP_UNSUPPORTED, "what was to be run here waits for another thread, and no other thread runs meanwhile; go back in time, and run something that does not wait");
        }
        return intercept_perform(call);
    }
    if (limited && is_over_at_once(&deadline, realtime)) {
        return time_out((const void *)word, bits);
    }
    while (!sleep_once((const void *)word, bits, limited ? &deadline : NULL, realtime, &result)) {
    }
    return result;
}

int64_t futex_live(const struct call *call, bool again)
{
    const int64_t *a = call->arguments;
    switch (operation(call)) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
        return wait(call, again);
    case FUTEX_WAKE:
        return baton_wake((const void *)a[0], FUTEX_BITSET_MATCH_ANY, (int)a[2]);
    case FUTEX_WAKE_BITSET:
        return baton_wake((const void *)a[0], (uint32_t)a[5], (int)a[2]);
    default:
        control_stop_for_good(STOP_UNSUPPORTED, "the program uses a kind of lock that Fred cannot replay between threads (priority inheritance, or a requeued futex); history up to here can be explored");
    }
}

bool futex_alone(const struct call *call, int64_t *result)
{
    if (call->nr != SYS_futex || !threads_exist() || session.role == ROLE_HEAD
        || (operation(call) != FUTEX_WAIT && operation(call) != FUTEX_WAIT_BITSET)) {
        return false;
    }
    const volatile uint32_t *word = (const volatile uint32_t *)call->arguments[0];
    *result = *word != (uint32_t)call->arguments[2] ? -EAGAIN : -ETIMEDOUT;
    return true;
}
