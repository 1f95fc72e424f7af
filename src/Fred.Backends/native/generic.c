/* Calls without any speciality: performed by the head, answered from the log by everybody else. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "calls.h"
#include "clock.h"
#include "control.h"
#include "fdtable.h"
#include "log.h"
#include "protocol.h"
#include "raw.h"
#include "replay.h"
#include "session.h"
#include "signals.h"
#include "sysdesc.h"

/* What is left of a wait that was interrupted on Fred's account. */
struct wait {
    int64_t began; /* nanoseconds, CLOCK_MONOTONIC */
    struct timespec remaining;
};

/* The clock is only read for calls whose remaining time libfred must compute. */
static int64_t now_ns(int64_t nr)
{
    struct timespec now;
    if (nr != SYS_poll && nr != SYS_epoll_wait && nr != SYS_epoll_pwait) {
        return 0;
    }
    RAW(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Rewrites the arguments so that performing the call again goes on waiting where it was. Calls that take no relative time need
 * nothing, and those whose timeout the kernel itself updates (select, ppoll, pselect6) neither. The time spent stopped does not
 * count. */
static void prepare_to_resume(struct call *call, struct wait *wait, int64_t interrupted)
{
    int64_t *a = call->arguments;
    int64_t waited_ms = (interrupted - wait->began) / 1000000;
    switch (call->nr) {
    case SYS_nanosleep:
    case SYS_clock_nanosleep: {
        int request = call->nr == SYS_nanosleep ? 0 : 2, remaining = request + 1;
        bool relative = call->nr == SYS_nanosleep || !(a[1] & TIMER_ABSTIME);
        if (relative && a[remaining] != 0) {
            wait->remaining = *(struct timespec *)a[remaining];
            a[request] = (int64_t)&wait->remaining;
        }
        break;
    }
    case SYS_poll:
        a[2] = a[2] < 0 ? a[2] : a[2] > waited_ms ? a[2] - waited_ms : 0;
        break;
    case SYS_epoll_wait:
    case SYS_epoll_pwait:
        a[3] = (int)a[3] < 0 ? a[3] : a[3] > waited_ms ? a[3] - waited_ms : 0;
        break;
    default:
        break;
    }
}

/* A sleep that asks for no remaining time gets a place for it, so that it can be resumed. */
static void want_remaining_time(struct call *call, struct wait *wait)
{
    int remaining = call->nr == SYS_nanosleep ? 1 : call->nr == SYS_clock_nanosleep ? 3 : -1;
    if (remaining > 0 && call->arguments[remaining] == 0) {
        call->arguments[remaining] = (int64_t)&wait->remaining;
    }
}

/* Waits in the kernel until there is a result for the program. An interruption that is Fred's (a pause, or a terminal's Ctrl-C that
 * the debugger takes) is not the program's business. */
static int64_t perform_blocking(const struct call *original)
{
    struct call call = *original;
    struct wait wait;
    want_remaining_time(&call, &wait);
    for (;;) {
        int64_t result = -EINTR;
        wait.began = now_ns(call.nr);
        clock_slot->in_syscall = 1;
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        if (!clock_slot->pause || !session.started) {
            result = intercept_perform(&call);
        } else if (call.nr == SYS_nanosleep || (call.nr == SYS_clock_nanosleep && !(call.arguments[1] & TIMER_ABSTIME))) {
            wait.remaining = *(struct timespec *)call.arguments[call.nr == SYS_nanosleep ? 0 : 2];
            *(struct timespec *)call.arguments[call.nr == SYS_nanosleep ? 1 : 3] = wait.remaining;
        }
        clock_slot->in_syscall = 0;
        if (result != -EINTR || signals_pending()) {
            return result;
        }
        int64_t interrupted = now_ns(call.nr);
        if (clock_slot->pause && session.started) {
            control_stop_in_call(STOP_PAUSE, sysdesc_name(call.nr));
        } else if (!signals_take_ignored()) {
            return result;
        }
        prepare_to_resume(&call, &wait, interrupted);
    }
}

static void notice_unknown(int64_t nr)
{
    static uint64_t told[(MAX_SYSCALL + 63) / 64];
    if (nr < 0 || nr >= MAX_SYSCALL || (told[nr / 64] >> (nr % 64) & 1)) {
        return;
    }
    told[nr / 64] |= (uint64_t)1 << (nr % 64);
    control_notice_number("only the result of this system call is recorded, not what it writes to memory; replays that depend on "
                          "it may diverge: number ", (uint64_t)nr);
}

static int64_t record_call(const struct call *call, const struct syscall_description *description, uint64_t hash)
{
    int64_t result = description->traits & CALL_BLOCKS ? perform_blocking(call) : intercept_perform(call);
    bool opaque = description->name == NULL;
    log_begin((int)call->nr, result, hash, opaque ? RECORD_OPAQUE : 0);
    if (!opaque) {
        sysdesc_outputs(description, call->arguments, result, log_chunk);
    }
    log_end();
    if (opaque) {
        notice_unknown(call->nr);
    }
    if (log_full()) {
        control_stop_for_good(STOP_LOG_FULL, "the recording has reached its size limit or the disk is full");
    }
    return result;
}

int64_t generic_call(struct call *call)
{
    const struct syscall_description *description = sysdesc_find(call->nr);
    uint64_t hash = sysdesc_hash_inputs(description, call->arguments);
    int64_t result;
    if (session.mode == MODE_RECORD) {
        result = record_call(call, description, hash);
        fdtable_note(call, result);
        signals_deliver(true);
    } else {
        result = replay_expect(call->nr, hash, call->arguments).result;
        replay_apply();
        fdtable_note(call, result);
        replay_done();
    }
    return result;
}
