#include "turns.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

#include "calls.h"
#include "clock.h"
#include "control.h"
#include "context.h"
#include "directed.h"
#include "locks.h"
#include "program.h"
#include "program_signals.h"
#include "protocol.h"
#include "raw.h"
#include "replay.h"
#include "runloop.h"
#include "session.h"
#include "waits.h"

/* A turn is long enough that a change costs nothing beside it, and ends anywhere: races show where real ones do. By chance, most are short. */
enum { TURN = 1000000, TURN_VARIES = 1 << 18, SHORT_TURN_BITS = 18 };

static uint64_t chance = 88172645463325252u;
static bool random_turns;
static uint64_t turn_end = UINT64_MAX;

void turns_choose_by(uint64_t seed)
{
    random_turns = true;
    chance = (seed + 1) * 0x9E3779B97F4A7C15u;
    chance = chance == 0 ? 1 : chance;
}

static uint64_t draw(void)
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return chance * 0x2545F4914F6CDD1Du >> 16;
}

static void begin_turn(void)
{
    uint64_t length = random_turns ? 1 + draw() % ((uint64_t)1 << draw() % SHORT_TURN_BITS) : TURN + draw() % TURN_VARIES;
    turn_end = runloop_tick() + length;
}

uint64_t turns_end(void) { return session.mode == MODE_RECORD && contexts_alive() > 1 ? turn_end : UINT64_MAX; }

void turns_become_live(void) { turn_end = runloop_tick(); }

/* ---- who is next ---- */

static bool can_run(int place)
{
    struct thread *thread = &contexts[place];
    return thread->alive && (!thread->waiting.in_call || waits_ready(thread));
}

/* In the order of places after the running one, which comes last; by chance, any of them. */
static int choose(void)
{
    static int able[MAX_CONTEXTS];
    int count = 0;
    for (int i = 1; i <= contexts_places; i++) {
        int place = (contexts_here + i) % contexts_places;
        if (can_run(place)) {
            if (!random_turns) {
                return place;
            }
            able[count++] = place;
        }
    }
    return count == 0 ? NO_CONTEXT : able[draw() % (uint64_t)count];
}

/* ---- changing ---- */

/* The thread is there, at the end of the call that it stood in. Each place has a tick of its own: where the other one stands in a call, that of the instruction behind, at which it cannot be seen. */
static void take_turn(int to, unsigned flags, bool replayed)
{
    request_thread_leaves();
    runloop_settle(); /* what was noted so far was this thread's */
    contexts_switch(to);
    runloop_set_tick(runloop_tick() + ((flags & RECORD_IN_CALL) == 0));
    if (replayed) {
        replay_done();
    } else {
        begin_turn();
    }
    bool in_call = contexts_current()->waiting.in_call;
    if (in_call) {
        program_finish_call();
    }
    request_thread_arrives(in_call);
}

static void hand_over(int to, unsigned flags)
{
    clock_slot->ticks = runloop_tick();
    log_begin(LOG_THREAD_SWITCH, to, 0, flags);
    log_end();
    take_turn(to, flags, false);
}

static void follow(void)
{
    struct record record = replay_expect(LOG_THREAD_SWITCH, 0, NULL);
    if (record.result < 0 || record.result >= contexts_places || !contexts[record.result].alive) {
        replay_diverged("the recording goes on in a thread that does not exist here");
    }
    take_turn((int)record.result, record.flags, true);
}

void turns_follow(void) { follow(); }

void turns_over(void)
{
    int to = choose();
    if (to == contexts_here || to == NO_CONTEXT) {
        begin_turn();
    } else {
        hand_over(to, 0);
    }
}

/* ---- waiting ---- */

/* All wait. The running thread has its call before it again, if somebody wants the program to stop. */
static int wait_for_one(void)
{
    int to;
    while ((to = choose()) == NO_CONTEXT) {
        if (locks_are_dead()) {
            program_deadlock();
        }
        if (clock_slot->pause != 0 && session.started) {
            control_stop_in_call(STOP_PAUSE, "");
        }
        waits_idle();
    }
    return to;
}

/* The running thread stands in a call that waits. True: another one runs. */
static bool leave(void)
{
    if (session.mode == MODE_REPLAY) {
        if (!replay_switches()) {
            return false;
        }
        follow();
        return true;
    }
    int to = wait_for_one();
    if (to == contexts_here) {
        return false;
    }
    hand_over(to, RECORD_IN_CALL);
    return true;
}

static int64_t wait_in_call(bool *moved)
{
    *moved = leave();
    return *moved ? 0 : waits_finish();
}

/* A call that waits in the recording, or has to wait now. */
static bool has_to_wait(const struct call *call)
{
    if (session.mode == MODE_RECORD) {
        return waits_would(call);
    }
    if (!replay_switches()) {
        return false;
    }
    waits_begin(call);
    if (call->nr == SYS_rt_sigsuspend) {
        signals_suspend(*(const uint64_t *)call->arguments[0]);
    } else if (call->nr == SYS_futex) {
        locks_sleep(call);
    }
    return true;
}

/* ---- calls ---- */

static bool name_thread(const struct call *call)
{
    char *name = contexts_current()->name;
    if (call->arguments[0] == PR_SET_NAME) {
        const char *wanted = (const char *)call->arguments[1];
        size_t length = strnlen(wanted, NAME_BYTES - 1);
        memset(name, 0, NAME_BYTES);
        memcpy(name, wanted, length);
    } else if (call->arguments[0] == PR_GET_NAME) {
        memcpy((char *)call->arguments[1], name, NAME_BYTES);
    } else {
        return false;
    }
    return true;
}

/* What a thread asks about itself, which the kernel does not know. */
static bool answer_about_itself(const struct call *call, int64_t *result)
{
    struct thread *thread = contexts_current();
    *result = 0;
    switch (call->nr) {
    case SYS_gettid: *result = thread->tid; return true;
    case SYS_set_tid_address:
        thread->clear_tid = (uint64_t)call->arguments[0];
        *result = thread->tid;
        return true;
    case SYS_set_robust_list: thread->robust = (uint64_t)call->arguments[0]; return true;
    case SYS_prctl: return name_thread(call);
    case SYS_sched_yield: turn_end = 0; return true;
    default: return directed_call(call, result);
    }
}

bool turns_call(struct call *call, int64_t *result, bool *moved)
{
    *moved = false;
    if (!contexts_many()) {
        return false;
    }
    if (answer_about_itself(call, result)) {
        return true;
    }
    if (call->nr == SYS_futex && locks_are_ours(call)) {
        if (!locks_answer(call, result)) {
            waits_begin(call);
            locks_sleep(call);
            *result = wait_in_call(moved);
        }
        return true;
    }
    if (call->nr == SYS_futex && contexts_alive() > 1 && !locks_sleeps_shared(call)) {
        *result = locks_wake_shared(call);
        return true;
    }
    if (!has_to_wait(call)) {
        return false;
    }
    *result = wait_in_call(moved);
    return true;
}

int64_t turns_clone(const struct call *call)
{
    int64_t tid = contexts_create(call);
    if (turn_end == UINT64_MAX || contexts_alive() == 2) {
        begin_turn();
    }
    return tid;
}

bool turns_exit(const struct call *call)
{
    struct thread *thread = contexts_current();
    if (!contexts_many() || contexts_alive() == 1) {
        return false;
    }
    waits_begin(call);
    if (session.mode == MODE_RECORD && !locks_has_sleeper(thread->clear_tid)) {
        wait_for_one();
    }
    if (thread->clear_tid != 0) {
        *(int *)thread->clear_tid = 0;
    }
    locks_abandon(thread);
    locks_wake(thread->clear_tid, UINT32_MAX, 1);
    directed_forget(thread);
    contexts_end();
    if (session.mode == MODE_REPLAY) {
        follow();
    } else {
        hand_over(wait_for_one(), RECORD_IN_CALL);
    }
    return true;
}
