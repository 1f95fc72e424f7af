/* Calls without any speciality: performed by the head, answered from the log by everybody else. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "backlog.h"
#include "calls.h"
#include "clock.h"
#include "control.h"
#include "errand.h"
#include "fdtable.h"
#include "fred.h"
#include "futex.h"
#include "identity.h"
#include "log.h"
#include "mirrors.h"
#include "protocol.h"
#include "raw.h"
#include "replay.h"
#include "session.h"
#include "signals.h"
#include "sysdesc.h"
#include "threads.h"
#include "views.h"

/* What is left of a wait that was interrupted on Fred's account. */
struct wait {
    int64_t began; /* nanoseconds, CLOCK_MONOTONIC */
    struct timespec requested, remaining;
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

/* Index of the requested time of a relative sleep, -1 for all other calls; the remaining time is the argument after it. */
static int relative_sleep(const struct call *call)
{
    if (call->nr == SYS_nanosleep) {
        return 0;
    }
    return call->nr == SYS_clock_nanosleep && !(call->arguments[1] & TIMER_ABSTIME) ? 2 : -1;
}

/* A sleep that does not even begin has all its time left; one that asks for no remaining time gets a place for it. */
static void prepare_to_wait(struct call *call, struct wait *wait)
{
    int request = relative_sleep(call);
    wait->began = now_ns(call->nr);
    if (request >= 0) {
        int64_t *a = call->arguments;
        struct timespec asked = *(const struct timespec *)a[request];
        a[request + 1] = a[request + 1] == 0 ? (int64_t)&wait->remaining : a[request + 1];
        *(struct timespec *)a[request + 1] = asked;
    }
}

/* Rewrites the arguments so that performing the call again goes on waiting where it was. Calls that take no relative time need
 * nothing, and those whose timeout the kernel itself updates (select, ppoll, pselect6) neither. The time spent stopped does not
 * count. */
static void prepare_to_resume(struct call *call, struct wait *wait, int64_t interrupted)
{
    int64_t *a = call->arguments;
    int64_t waited_ms = (interrupted - wait->began) / 1000000;
    int timeout = call->nr == SYS_poll ? 2 : call->nr == SYS_epoll_wait || call->nr == SYS_epoll_pwait ? 3 : -1;
    int request = relative_sleep(call);
    if (request >= 0) {
        wait->requested = *(const struct timespec *)a[request + 1];
        a[request] = (int64_t)&wait->requested;
    } else if (timeout >= 0 && (int)a[timeout] >= 0) {
        a[timeout] = a[timeout] > waited_ms ? a[timeout] - waited_ms : 0;
    }
}

/* Waits in the kernel until there is a result for the program. An interruption that is Fred's (a pause, or a terminal's Ctrl-C that
 * the debugger takes) is not the program's business. A signal or pause that comes between the look at it and the kernel makes the call
 * fail with EINTR, too (signals.c). */
static int64_t perform_blocking(const struct call *original)
{
    struct call call = *original;
    struct wait wait;
    for (;;) {
        uint64_t seen = fred_interruptions; /* before the looks at what they may have brought */
        prepare_to_wait(&call, &wait);
        threads_release();
        bool interrupted = signals_pending() || (clock_slot->pause && session.started);
        int64_t result = interrupted ? RAW_NOT_BEGUN : fred_raw_unless(&call.nr, seen);
        threads_acquire();
        if (result == RAW_NOT_BEGUN) {
            interrupted = true;
            result = -EINTR;
        }
        if (result == -EINTR && signals_pending()) {
            signals_interrupted(original);
            return result;
        }
        if (result != -EINTR) {
            return result;
        }
        int64_t now = now_ns(call.nr);
        if (clock_slot->pause && session.started) {
            control_stop_in_call(STOP_PAUSE, sysdesc_name(call.nr));
        } else if (!signals_take_ignored() && !interrupted) {
            return result;
        }
        prepare_to_resume(&call, &wait, now);
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

static int64_t perform(const struct call *call, const struct syscall_description *description, bool again)
{
    int64_t result;
    if (futex_is_ours(call)) {
        return futex_live(call, again);
    }
    if (identity_answer(call, &result)) {
        return result;
    }
    if (backlog_read(call, &result)) {
        return result;
    }
    if (!(description->traits & CALL_BLOCKS)) {
        threads_give_way();
        result = intercept_perform(call);
        if (result != -EINTR || !signals_take_ignored()) {
            return result;
        } /* some of these wait now and then, too: a connect, a lock on a file, an open of a pipe. Where Fred has interrupted one, it is made again */
    }
    return perform_blocking(call);
}

static void record_call(const struct call *call, const struct syscall_description *description, uint64_t hash, int64_t result)
{
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
}

/* Part of the state that is forked and replayed: at one tick it is the same in every process. */
int64_t fred_written_bytes[3];

long long fred_written(int stream) { return stream == 1 || stream == 2 ? fred_written_bytes[stream] : 0; }

static void note_written(const struct call *call, int64_t result)
{
    int64_t stream = call->arguments[0];
    if ((call->nr == SYS_write || call->nr == SYS_writev) && (stream == 1 || stream == 2) && result > 0) {
        fred_written_bytes[stream] += result;
    }
}

int64_t generic_record(const struct call *call, uint64_t hash, int64_t result)
{
    record_call(call, sysdesc_find(call->nr), hash, result);
    note_written(call, result);
    fdtable_note(call, result);
    return result;
}

static int64_t live(const struct call *call, const struct syscall_description *description, uint64_t hash, bool again)
{
    mirrors_push();
    int64_t result = generic_record(call, hash, perform(call, description, again));
    mirrors_pull();
    views_look();
    signals_deliver(true);
    return result;
}

static int64_t replayed(const struct call *call, const struct syscall_description *description, uint64_t hash)
{
    int64_t result = replay_expect(call->nr, hash, call->arguments).result;
    replay_apply_outputs(description, call->arguments, result);
    note_written(call, result);
    fdtable_note(call, result);
    identity_learn(call->nr, result);
    replay_done();
    return result;
}

/* While this thread waits in a call, a checkpoint may be taken; in its replicas the thread goes on here, as one that finds its call in the log. And a replica may
 * become a head while this thread waits for its turn there; then it makes the call itself. */
int64_t generic_call(struct call *call)
{
    const struct syscall_description *description = sysdesc_find(call->nr);
    const uint64_t hash = errand_speaks(call) ? 0 : sysdesc_hash_inputs(description, call->arguments);
    bool ours_is_next;
    if (session.mode == MODE_REPLAY) {
        ours_is_next = threads_turn();
    } else if (!threads_exist() || fred_save(threads_context()) == 0) {
        return live(call, description, hash, false);
    } else {
        ours_is_next = threads_resumed_turn();
    }
    if (ours_is_next) {
        return replayed(call, description, hash);
    }
    return fred_save(threads_context()) == 0 ? live(call, description, hash, true)
        : threads_resumed_turn() ? replayed(call, description, hash) : live(call, description, hash, true);
}
