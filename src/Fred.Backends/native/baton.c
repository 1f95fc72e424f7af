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
#include "schedule.h"

enum { SPINS = 200 };

struct seat baton_seats[MAX_THREADS];
int baton_seat_count = 1;
volatile int baton_holder;

static volatile uint32_t lock;
static uint64_t stamps;
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

/* ---- handing over ---- */

static void grant(int thread)
{
    struct seat *seat = &baton_seats[thread];
    if (__atomic_fetch_or(&seat->go, GO_BATON, __ATOMIC_SEQ_CST) & GO_SLEEPS) {
        RAW(SYS_futex, &seat->go, FUTEX_WAKE_PRIVATE, 1);
    }
}

/* Decides; returns who is to be woken, or NO_THREAD. */
static int pass(void)
{
    int next = schedule_choose();
    if (next == NO_THREAD && (next = schedule_deadlocked()) != NO_THREAD) {
        deadlock = true;
    }
    if (next != NO_THREAD) {
        baton_seats[next].wants_since = 0;
    } else {
        clock_slot->in_syscall = 1;
    }
    baton_holder = next;
    schedule_begin_turn();
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return next;
}

/* Whoever is woken may run at once, in the place of this thread: it must find the lock open. */
void baton_pass(void)
{
    int next = pass();
    baton_unlock();
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
    __atomic_and_fetch(&seat->go, ~(uint32_t)(GO_BATON | GO_SLEEPS), __ATOMIC_SEQ_CST);
    return true;
}

/* False: something has happened since the word was `go`. */
static bool will_sleep(struct seat *seat, uint32_t go)
{
    return __atomic_compare_exchange_n(&seat->go, &go, go | GO_SLEEPS, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
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
        if (!(go & GO_BATON) && will_sleep(seat, go)) {
            RAW(SYS_futex, &seat->go, FUTEX_WAIT_PRIVATE, go | GO_SLEEPS, NULL);
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
        if (!will_sleep(seat, go)) {
            continue;
        }
        int64_t result = RAW(SYS_futex, &seat->go, FUTEX_WAIT_BITSET_PRIVATE | (realtime ? FUTEX_CLOCK_REALTIME : 0), go | GO_SLEEPS, deadline, 0, FUTEX_BITSET_MATCH_ANY);
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
        seat->patient = false;
        clock_slot->target = 0; /* the holder yields at its next tick */
    }
    baton_unlock();
    if (wait) {
        baton_wait(me);
    }
}

/* In the name of a thread that the holder has made or woken. */
static void want(struct seat *seat)
{
    seat->wants_since = ++stamps;
    seat->patient = true;
    schedule_somebody_waits();
}

void baton_ask(int thread)
{
    baton_lock();
    want(&baton_seats[thread]);
    baton_unlock();
}

void baton_yield(int me)
{
    baton_lock();
    want(&baton_seats[me]);
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
        if (first->wants_since == 0) {
            want(first);
        }
        count++;
    }
    baton_unlock();
    return count;
}

void baton_poke(int me)
{
    __atomic_or_fetch(&baton_seats[me].go, GO_POKED, __ATOMIC_SEQ_CST);
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
