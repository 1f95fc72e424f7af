/* The program's threads: who there is, how they begin and end, and how a replica makes them again. */
#ifndef FRED_THREADS_H
#define FRED_THREADS_H

#include <stdbool.h>
#include <stdint.h>
#include "intercept.h"
#include "raw.h"

/* True from the moment on when the program has started a thread. */
bool threads_exist(void);
/* How many there have been so far, with the first. */
unsigned threads_started(void);
/* Places below this one have been used. */
int threads_places(void);
/* This thread's place in the table, which the log's records carry; 0 is the first one. Places are used again. */
int threads_here(void);
/* What the user knows a thread by: 1 for the first, then in order of their creation; never used again. */
unsigned threads_number(void);
bool threads_is_alive(unsigned number);
/* The kernel's ids: which one the running thread has for the program, and which one is meant by such an id. */
int64_t threads_known_as(void);
int64_t threads_kernel_id(int64_t id);

/* clone with CLONE_THREAD. */
int64_t threads_clone(const struct call *call, const int64_t *arguments);
/* The end of this thread. Returns only if it is the last one, which ends the process. */
void threads_exit(void);

/* Around what may wait outside: another thread runs meanwhile. Of single-threaded programs only in_syscall is kept. */
void threads_release(void);
void threads_acquire(void);
/* The same for a thread that slept at a futex, which may have been given the baton with what woke it. */
void threads_wake_up(bool have_baton);
/* Between two calls, if another thread waits: lets it run. */
void threads_give_way(void);

/* Before the program starts a process, which must not inherit what processor.h does to its threads. */
void threads_leave_processor(void);

/* At a tick, before it counts. Live: yields if another thread waits, and logs it. Replay: yields if it was so. */
void threads_at_tick(void);

/* The tick at which to see whether another thread is to run, or this one elsewhere; UINT64_MAX: none. */
uint64_t threads_next_look(void);

/* How many turns threads have had; two events with the same count between them belong to one thread that ran alone. */
uint64_t threads_turns(void);

/* Where this thread goes on in a replica made while it was waiting. */
struct saved_context *threads_context(void);
/* In such a replica, there: waits for its turn. In a replica that arrives by itself: hands over to the thread of the next record, if that is another.
 * True: the next record is this thread's, or there is none. False: the process became the head of a branch meanwhile; this thread has the baton. */
bool threads_resumed_turn(void);
bool threads_turn(void);

/* In a fork. */
void threads_after_fork(void);
/* In a new replica: makes all other threads again. False: the kernel would not. */
bool threads_recreate(void);
/* The replica has become a head: everybody who waited for its record does its call itself. */
void threads_become_live(void);

/* In a child of the program's that is recorded, and where a replica comes to its beginning: only the thread that forked is left, under another id. `have_gone`: so it is in the kernel, too. */
void threads_become_one(bool have_gone);
/* The process is not recorded any more: every thread runs when it likes. And this one makes its system calls itself from now on. */
void threads_dissolve(void);
void threads_let_go(void);

/* What a waiting thread's Python is: by place, for the agent. */
struct activation;
const struct activation *threads_activations(int thread, int32_t *deepest);

/* The stack gap that fits all stacks of this program's threads: see inject.c. */
bool threads_is_first(void);

#endif
