/* The program's threads. libfred has one: it runs the program's in turn, each from where its context stands. So a fork has them all, and nothing happens between two of
 * them that is not decided here. */
#ifndef FRED_CONTEXTS_H
#define FRED_CONTEXTS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "intercept.h"

enum { MAX_CONTEXTS = 250, NAME_BYTES = 16, NO_CONTEXT = -1 };

/* What a thread is waiting for in a call that it has begun. */
struct waiting {
    bool in_call;
    struct call call;
    const void *word;    /* asleep at this futex; NULL: not, or woken */
    bool sleeps;         /* the call is a sleep at a futex */
    bool shared;         /* which another process may wake, too */
    uint32_t bits;
    uint64_t since;      /* order of going to sleep */
    bool timed;          /* `deadline` is known: ns of CLOCK_MONOTONIC */
    int64_t deadline;
    int64_t done;        /* bytes of a long write */
    bool interrupted;    /* by a signal for this thread */
};

struct thread {
    bool alive;
    unsigned number;     /* what the user knows it by: counts up from 1 */
    unsigned parent;     /* who started it; 0: nobody */
    uint64_t born;       /* tick */
    int tid;             /* what the program knows it by */
    uint64_t r[16], rflags, pc, base, line_depth;
    uint64_t mask, suspended_mask;
    bool suspended;
    stack_t alternate;
    uint64_t clear_tid;  /* set to 0 and woken at its end */
    uint64_t robust;
    char name[NAME_BYTES];
    struct waiting waiting;
};

extern struct thread contexts[MAX_CONTEXTS];
/* Place of the running thread; that of the next one that was never used. */
extern int contexts_here, contexts_places;

/* True from the moment on when the program has started a thread, in processes that run all of them. */
bool contexts_many(void);
/* How many there have been. */
unsigned contexts_started(void);
int contexts_alive(void);
static inline struct thread *contexts_current(void) { return &contexts[contexts_here]; }
struct thread *contexts_by_number(unsigned number);
/* By what the program calls it; NULL. */
struct thread *contexts_by_tid(int64_t tid);

/* The first thread, at the program's beginning. */
void contexts_begin(void);
/* clone with CLONE_THREAD: a thread that is ready to run. Its id, or -errno. */
int64_t contexts_create(const struct call *call);
/* Puts the running thread's state away, and makes another one's the state of the process. */
void contexts_switch(int to);
/* The running thread has ended. Its place is free. */
void contexts_end(void);
/* In a child of the program's, which has the thread that forked; its id there, 0: not known. */
void contexts_keep_running(int tid);
/* The same if it runs without us. */
void contexts_forget(void);

/* Brings the running thread's entry up to date. */
void contexts_save_current(void);
/* A thread's vector registers; the running one's are in the shared image. */
const uint8_t *contexts_vectors(const struct thread *thread);

/* For the controller: all threads in one line. And the running one becomes another, in a copy whose time is its own; an error text or NULL. */
void contexts_send(void);
const char *contexts_become(unsigned number);

#endif
