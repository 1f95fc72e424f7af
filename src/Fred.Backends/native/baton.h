/* The baton: of all threads of the program exactly one runs at a time, and only at known places does another one get its turn. */
#ifndef FRED_BATON_H
#define FRED_BATON_H

#include <stdbool.h>
#include <stdint.h>

enum { MAX_THREADS = 250, NO_THREAD = -1 };

/* A place in the baton's queues. Zero is a thread that wants nothing. */
struct seat {
    volatile uint32_t go;        /* futex: enum go_bits */
    bool taken;                  /* a thread lives here */
    uint64_t wants_since;        /* order of asking for the baton; 0: does not ask */
    bool patient;                /* the holder woke it, and may go on until its turn is over: see schedule.h */
    const void *waits_at;        /* futex word this thread sleeps at, NULL if it does not */
    uint64_t waits_since;        /* order of having gone to sleep there */
    uint32_t wait_bits;          /* of FUTEX_WAIT_BITSET */
    bool waits_for_ever;         /* only another thread of the program can wake it */
    bool signalled;              /* another one has sent it a signal, whose handler will run */
};

/* The last one: it is asleep at the word, or about to be. */
enum go_bits { GO_BATON = 1, GO_POKED = 2, GO_LEAVE = 4, GO_LEFT = 8, GO_SLEEPS = 16 };

extern struct seat baton_seats[MAX_THREADS];
/* Seats up to here have been used. */
extern int baton_seat_count;
extern volatile int baton_holder;

/* The scheduler's lock: for a few instructions, also by threads without the baton. */
void baton_lock(void);
void baton_unlock(void);

/* The holder gives the baton away, to go on without it (in the kernel, or asleep at a futex). With the lock held, which it opens. */
void baton_pass(void);
/* The same for a thread that ends; does not return. `all` its seats' fields are clear already. */
__attribute__((noreturn)) void baton_leave(int me, bool stay);
/* Takes the baton back, or waits for it. Without the lock, by a thread that gave it away. */
void baton_take(int me);
/* Asks for the baton in the name of a new thread, which then only waits for it. */
void baton_ask(int thread);
/* Lets another one run that asks for it, and waits until the turn comes again. */
void baton_yield(int me);

/* With the lock held and before baton_pass: this thread is going to sleep at a futex word. */
void baton_fall_asleep(int me, const void *word, uint32_t bits, bool for_ever);
/* Makes up to `most` sleepers at the word, longest first, ask for the baton. Returns how many. */
int baton_wake(const void *word, uint32_t bits, int64_t most);
/* Sleeps until the baton is handed over (true), or until the deadline or a poke (false; the thread does not have it, unless it got it just then).
 * `deadline`: struct timespec, absolute, or NULL; `realtime`: of which clock. *timed_out tells the two apart. */
bool baton_sleep(int me, const void *deadline, bool realtime, bool *timed_out);

/* Replay: gives the baton to this very thread, and waits for it. */
void baton_hand_to(int thread);
void baton_wait(int me);
/* The same to all others, without giving it to them: this process is no replica any more. Each then asks for it by baton_take. */
void baton_wake_everybody(int me);
/* From a signal handler: lets this thread look at what has happened. */
void baton_poke(int me);

/* A thread that waits for the baton ends, or does not come back if it is the process's first; it has when this returns. */
void baton_dismiss(int thread);
/* There is no baton any more: whoever waits for it goes on, and so does who sleeps, for nothing. */
void baton_dissolve(void);

/* In a fork: the one thread there has the baton, and nobody waits for anything. */
void baton_after_fork(int me);

/* True if every thread sleeps at a futex that nobody is left to wake: found by the thread that would have gone to sleep last, reported by
 * the one that gets the baton for it. Reading it resets it. */
bool baton_take_deadlock(void);

#endif
