/* What is hard: threads that come back from the kernel do so at any time and all at once, and whatever they touch before they have the baton is seen
 * by nobody's log. So they touch only their seat here, under a lock of a few instructions; who runs next is decided by the holder when it
 * passes the baton, or by the thread that finds it free. No order is kept in lists: there are few threads, and stamps cannot be left half linked by a fork
 * that happens while another thread is in here. */
#include "baton.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stddef.h>

#include "clock.h"
#include "raw.h"
#include "signals.h"

enum { SPINS = 200, CHAOS_SCALES = 7 };

struct seat baton_seats[MAX_THREADS];
int baton_seat_count = 1;
volatile int baton_holder;

static volatile uint32_t lock;
static uint64_t stamps;
static uint64_t random_state; /* 0: first come first served */
static uint64_t next_yield;   /* chaos: tick at which another thread may run */
static bool deadlock;
static volatile bool dissolved;

/* ---- the lock ---- */

void baton_lock(void)
{
    for (int spin = 0; __atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE) != 0; spin++) {
        if (spin >= SPINS) {
            RAW(SYS_sched_yield);
        }
    }
}

void baton_unlock(void) { __atomic_store_n(&lock, 0, __ATOMIC_RELEASE); }

/* ---- chance ---- */

static uint64_t chance(uint64_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % below;
}

void baton_set_random(uint64_t seed)
{
    random_state = seed * 0x9E3779B97F4A7C15u + 0x5851F42D4C957F2Du;
    random_state |= random_state == 0;
}

bool baton_is_random(void) { return random_state != 0; }

bool baton_should_yield(void)
{
    if (random_state == 0) {
        return true;
    }
    if (clock_tick() < next_yield) {
        return false;
    }
    next_yield = clock_tick() + 1 + chance((uint64_t)2 << chance(CHAOS_SCALES)); /* short runs and long ones: different races need different ones */
    return true;
}

/* ---- who is next ---- */

static int choose(void)
{
    int best = NO_THREAD;
    uint64_t seen = 0;
    for (int i = 0; i < baton_seat_count; i++) {
        if (baton_seats[i].wants_since == 0) {
            continue;
        }
        seen++;
        if (best == NO_THREAD || (random_state != 0 ? chance(seen) == 0 : baton_seats[i].wants_since < baton_seats[best].wants_since)) {
            best = i;
        }
    }
    return best;
}

static void grant(int thread)
{
    struct seat *seat = &baton_seats[thread];
    __atomic_or_fetch(&seat->go, GO_BATON, __ATOMIC_SEQ_CST);
    RAW(SYS_futex, &seat->go, FUTEX_WAKE_PRIVATE, 1);
}

/* The first thread of all if everybody sleeps for ever. A handler of the program (but that for Ctrl-C, which is the debugger's) may be meant to wake one. */
static int deadlocked(void)
{
    int first = NO_THREAD;
    if (signals_may_come()) {
        return NO_THREAD;
    }
    for (int i = 0; i < baton_seat_count; i++) {
        if (baton_seats[i].taken) {
            if (baton_seats[i].waits_at == NULL || !baton_seats[i].waits_for_ever) {
                return NO_THREAD;
            }
            first = first == NO_THREAD ? i : first;
        }
    }
    return first;
}

/* Decides; returns who is to be woken, or NO_THREAD. */
static int pass(void)
{
    int next = choose();
    if (next == NO_THREAD && (next = deadlocked()) != NO_THREAD) {
        deadlock = true;
    }
    if (next != NO_THREAD) {
        baton_seats[next].wants_since = 0;
    } else {
        clock_slot->in_syscall = 1;
    }
    baton_holder = next;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return next;
}

void baton_pass(void)
{
    int next = pass();
    if (next != NO_THREAD) {
        grant(next);
    }
}

void baton_leave(int me, bool stay)
{
    baton_lock();
    baton_seats[me].taken = false;
    int next = pass();
    fred_thread_leave(next != NO_THREAD ? &baton_seats[next].go : NULL, GO_BATON, &lock, stay);
}

bool baton_take_deadlock(void)
{
    bool was = deadlock;
    deadlock = false;
    return was;
}

/* ---- waiting ---- */

static bool take_grant(struct seat *seat)
{
    if (dissolved) {
        return true;
    }
    if (!(seat->go & GO_BATON)) {
        return false;
    }
    __atomic_and_fetch(&seat->go, ~(uint32_t)GO_BATON, __ATOMIC_SEQ_CST);
    return true;
}

__attribute__((noreturn)) static void leave(struct seat *seat)
{
    static volatile uint32_t no_lock;
    uint64_t all = ~(uint64_t)0;
    RAW(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all);
    fred_thread_leave(&seat->go, GO_LEFT, &no_lock, RAW(SYS_gettid) == RAW(SYS_getpid));
}

void baton_wait(int me)
{
    struct seat *seat = &baton_seats[me];
    while (!take_grant(seat)) {
        uint32_t go = seat->go;
        if (go & GO_LEAVE) {
            leave(seat);
        }
        if (!(go & GO_BATON)) {
            RAW(SYS_futex, &seat->go, FUTEX_WAIT_PRIVATE, go, NULL);
        }
    }
}

bool baton_sleep(int me, const void *deadline, bool realtime, bool *timed_out)
{
    struct seat *seat = &baton_seats[me];
    *timed_out = false;
    for (;;) {
        if (take_grant(seat)) {
            return true;
        }
        uint32_t go = seat->go;
        if (go & GO_POKED) {
            __atomic_and_fetch(&seat->go, ~(uint32_t)GO_POKED, __ATOMIC_SEQ_CST);
            return false;
        }
        int64_t result = RAW(SYS_futex, &seat->go, FUTEX_WAIT_BITSET_PRIVATE | (realtime ? FUTEX_CLOCK_REALTIME : 0), go, deadline, 0, FUTEX_BITSET_MATCH_ANY);
        if (result == -ETIMEDOUT) {
            *timed_out = true;
            return take_grant(seat);
        }
    }
}

void baton_take(int me)
{
    struct seat *seat = &baton_seats[me];
    bool wait = true;
    baton_lock();
    if (baton_holder == NO_THREAD) {
        baton_holder = me;
        clock_slot->in_syscall = 0;
        wait = false;
    } else if (baton_holder != me && !dissolved) {
        seat->wants_since = ++stamps;
        clock_slot->target = 0; /* the holder yields at its next tick */
    }
    baton_unlock();
    if (wait) {
        baton_wait(me);
    }
}

void baton_ask(int thread)
{
    baton_lock();
    baton_seats[thread].wants_since = ++stamps;
    clock_slot->target = 0;
    baton_unlock();
}

void baton_yield(int me)
{
    baton_lock();
    baton_seats[me].wants_since = ++stamps;
    int next = pass();
    baton_unlock();
    if (next != me) {
        grant(next);
        baton_wait(me);
    }
}

void baton_fall_asleep(int me, const void *word, uint32_t bits, bool for_ever)
{
    struct seat *seat = &baton_seats[me];
    seat->waits_at = word;
    seat->waits_since = ++stamps;
    seat->wait_bits = bits;
    seat->waits_for_ever = for_ever;
}

int baton_wake(const void *word, uint32_t bits, int64_t most)
{
    int count = 0;
    baton_lock();
    while (count < most) {
        struct seat *first = NULL;
        for (int i = 0; i < baton_seat_count; i++) {
            struct seat *seat = &baton_seats[i];
            if (seat->waits_at == word && (seat->wait_bits & bits) && (first == NULL || seat->waits_since < first->waits_since)) {
                first = seat;
            }
        }
        if (first == NULL) {
            break;
        }
        first->waits_at = NULL;
        first->wants_since = first->wants_since != 0 ? first->wants_since : ++stamps;
        clock_slot->target = 0;
        count++;
    }
    baton_unlock();
    return count;
}

void baton_poke(int me)
{
    __atomic_or_fetch(&baton_seats[me].go, GO_POKED, __ATOMIC_SEQ_CST);
}

bool baton_is_wanted(void)
{
    for (int i = 0; i < baton_seat_count; i++) {
        if (baton_seats[i].wants_since != 0) {
            return true;
        }
    }
    return false;
}

/* ---- replay ---- */

void baton_hand_to(int thread)
{
    baton_holder = thread;
    grant(thread);
}

void baton_dismiss(int thread)
{
    struct seat *seat = &baton_seats[thread];
    __atomic_or_fetch(&seat->go, GO_LEAVE, __ATOMIC_SEQ_CST);
    RAW(SYS_futex, &seat->go, FUTEX_WAKE_PRIVATE, 1);
    for (uint32_t go; !((go = seat->go) & GO_LEFT);) {
        RAW(SYS_futex, &seat->go, FUTEX_WAIT_PRIVATE, go, NULL);
    }
}

void baton_wake_everybody(int me)
{
    for (int i = 0; i < baton_seat_count; i++) {
        if (baton_seats[i].taken && i != me) {
            grant(i);
        }
    }
}

void baton_dissolve(void)
{
    baton_lock();
    dissolved = true;
    for (int i = 0; i < baton_seat_count; i++) {
        baton_seats[i].waits_at = NULL;
        grant(i);
    }
    baton_unlock();
}

void baton_after_fork(int me)
{
    lock = 0;
    deadlock = false;
    for (int i = 0; i < baton_seat_count; i++) {
        struct seat *seat = &baton_seats[i];
        seat->go = 0;
        seat->wants_since = 0;
        seat->waits_at = NULL;
    }
    baton_holder = me;
}
