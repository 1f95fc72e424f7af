/* Futexes between the program's threads: who sleeps, and who is woken. The same in every process, so waking is not recorded. */
#ifndef FRED_LOCKS_H
#define FRED_LOCKS_H

#include "contexts.h"

/* True: a futex of this program alone. */
bool locks_are_ours(const struct call *call);
/* Answers everything but a sleep. False: the thread must sleep (locks_sleep). */
bool locks_answer(const struct call *call, int64_t *result);
/* A futex that other processes may use: true if this call sleeps there, which others of the program's threads must not wait for. */
bool locks_sleeps_shared(const struct call *call);
/* Live, of such a futex: a sleeper that nobody of the program has woken need not sleep any more. */
bool locks_has_changed(const struct waiting *waiting);
/* The program wakes there, or moves sleepers. */
int64_t locks_wake_shared(struct call *call);
/* The running thread, which stands in this call (waits_begin), falls asleep. */
void locks_sleep(const struct call *call);
/* Wakes up to `most` sleepers, longest first. How many. */
int64_t locks_wake(uint64_t word, uint32_t bits, int64_t most);
bool locks_has_sleeper(uint64_t word);
/* True if nobody can ever wake: all sleep at such futexes, without a limit. */
bool locks_are_dead(void);
/* What the ending thread still owns of its robust mutexes is marked. */
void locks_abandon(const struct thread *thread);

#endif
