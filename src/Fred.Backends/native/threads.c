/* Whose turn it is. One thread has the baton; the others wait, and what they need to go on has been saved before (thread_lives.c says why). */
#include "threads.h"

#include "clock.h"
#include "control.h"
#include "fred.h"
#include "log.h"
#include "protocol.h"
#include "python.h"
#include "replay.h"
#include "request.h"
#include "session.h"
#include "signals.h"
#include "thread_table.h"

struct threads threads = {.count = 1, .last_number = 1};
__thread int thread_here;
static uint64_t turns;
static __thread bool kept; /* it went into a call with the baton */

bool threads_exist(void) { return threads.exist; }
unsigned threads_started(void) { return threads.last_number; }
int threads_places(void) { return baton_seat_count; }
int threads_here(void) { return thread_here; }
unsigned threads_number(void) { return threads.exist ? threads.table[thread_here].number : 1; }
uint64_t threads_turns(void) { return turns; }
bool threads_is_first(void) { return thread_here == 0; }
struct saved_context *threads_context(void) { return &threads.table[thread_here].context; }

bool threads_is_alive(unsigned number)
{
    for (int i = 0; i < baton_seat_count; i++) {
        if (baton_seats[i].taken && threads.table[i].number == number) {
            return true;
        }
    }
    return !threads.exist && number == 1;
}

/* ---- what belongs to the running thread ---- */

void threads_switch_in(void)
{
    if (threads.running == thread_here || !threads.exist) {
        return;
    }
    turns++;
    if (threads.running != NO_THREAD) {
        threads.table[threads.running].counter = python_counter;
    }
    python_counter = threads.table[thread_here].counter;
    clock_activations = threads.table[thread_here].activations;
    threads.running = thread_here;
}

const struct activation *threads_activations(int thread, int32_t *deepest)
{
    static const struct activation nothing;
    if (threads.exist && !baton_seats[thread].taken) {
        *deepest = -1;
        return &nothing;
    }
    const int *counter = thread == threads.running || !threads.exist ? python_counter : threads.table[thread].counter;
    *deepest = python_depth_of(counter);
    return thread == threads.running || !threads.exist ? clock_activations : threads.table[thread].activations;
}

int fred_threads(int *place, int *number, unsigned long long *ident, int max, int *current)
{
    int found = 0;
    *current = (int)threads_number();
    if (!threads.exist && max > 0) {
        place[0] = 0;
        number[0] = 1;
        ident[0] = 0;
        return 1;
    }
    for (unsigned wanted = 1; wanted <= threads.last_number && found < max; wanted++) {
        for (int i = 0; i < baton_seat_count; i++) {
            if (baton_seats[i].taken && threads.table[i].number == wanted) {
                place[found] = i;
                number[found] = (int)wanted;
                ident[found++] = (unsigned long long)threads.table[i].thread_pointer;
            }
        }
    }
    return found;
}

/* ---- the baton ---- */

void threads_release(void)
{
    kept = !threads.exist || clock_suspended;
    if (kept) {
        clock_slot->in_syscall = 1;
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        return;
    }
    baton_lock();
    baton_pass();
    baton_unlock();
}

void threads_acquire(void)
{
    if (kept) {
        clock_slot->in_syscall = 0;
        return;
    }
    baton_take(thread_here);
    threads_switch_in();
    if (signals_pending()) {
        clock_slot->target = 0;
    }
}

void threads_wake_up(bool have_baton)
{
    if (!have_baton) {
        baton_take(thread_here);
    }
    threads_switch_in();
}

static bool may_yield(void) { return threads.exist && !clock_suspended && baton_is_wanted(); }

bool threads_are_waiting(void) { return session.mode == MODE_RECORD && threads.exist && baton_is_wanted(); }

void threads_give_way(void)
{
    if (may_yield()) {
        baton_yield(thread_here);
        threads_switch_in();
    }
}

/* ---- replay: whose turn ---- */

static bool have_baton(void)
{
    baton_wait(thread_here);
    bool replays = session.mode == MODE_REPLAY;
    if (!replays) {
        baton_take(thread_here);
    }
    threads_switch_in();
    return replays;
}

static bool wait_for_turn(void)
{
    for (;;) {
        if (!have_baton()) {
            return false;
        }
        int next = replay_next_thread();
        if (next == NO_THREAD || next == thread_here) {
            return true;
        }
        baton_hand_to(next);
    }
}

bool threads_resumed_turn(void) { return wait_for_turn(); }

void threads_stop_at_turn(void)
{
    if (run_request.turns) {
        control_stop_in_call(STOP_TURN, "");
    }
}

bool threads_turn(void)
{
    int next = threads.exist ? replay_next_thread() : NO_THREAD;
    if (next == NO_THREAD || next == thread_here) {
        return true;
    }
    threads_stop_at_turn();
    if (fred_save(&threads.table[thread_here].context) == 0) {
        baton_hand_to(next);
    }
    return wait_for_turn();
}

/* ---- ticks ---- */

void threads_record(int what, int64_t result, bool live)
{
    if (live) {
        log_begin(what, result, 0, 0);
        log_end();
    } else {
        replay_expect(what, 0, NULL);
        replay_done();
    }
}

void threads_at_tick(void)
{
    if (!threads.exist || clock_suspended) {
        return;
    }
    if (session.mode == MODE_RECORD && baton_is_wanted() && clock_slot->pause == 0 && baton_should_yield()) {
        threads_record(LOG_THREAD_YIELD, 0, true);
        bool live = fred_save(&threads.table[thread_here].context) == 0;
        if (live) {
            baton_yield(thread_here);
            threads_switch_in();
        } else {
            live = !threads_resumed_turn();
        }
        threads_record(LOG_THREAD_RESUME, 0, live);
    } else if (session.mode == MODE_REPLAY && replay_yields()) {
        threads_record(LOG_THREAD_RESUME, 0, !threads_turn());
    }
}
