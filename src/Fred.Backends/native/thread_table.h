/* The table of the program's threads: whose turn it is (threads.c), and how they begin, end, and are made again (thread_lives.c). */
#ifndef FRED_THREAD_TABLE_H
#define FRED_THREAD_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include "baton.h"
#include "raw.h"

struct thread {
    unsigned number;
    bool begun;                        /* it has had its first turn; before, it begins anew in a replica */
    bool made_live;                    /* by a head: it is given the baton by others, not by the log */
    bool mapped;                       /* its shadow stack is there */
    struct saved_context context;
    struct child_registers registers;  /* of the clone that made it */
    int64_t stack, thread_pointer;
    uint64_t mask;                     /* of signals, to begin with */
    int64_t id, known_as;              /* the kernel's here, and the program's, which is that of the head that made it; 0: that of the process (identity.h) */
    volatile int *clear_tid;           /* cleared at its end, and whoever joins it woken */
    struct activation *activations;
    const int *counter;                /* its recursion counter */
};

struct threads {
    struct thread table[MAX_THREADS];
    bool exist;           /* from the moment on when the program has started one */
    int count;            /* how many are alive */
    int leader;           /* whose thread is the first of this process for the kernel; NO_THREAD after its end */
    int running;          /* whose Python state is in the globals; NO_THREAD after its end */
    unsigned last_number;
};

extern struct threads threads;
extern __thread int thread_here;

/* Makes this thread's Python state the one in the globals. */
void threads_switch_in(void);
/* A record of a thread's own, which says that something is done: written, or in a replica the next one. */
void threads_record(int what, int64_t result, bool live);
/* Between two events of the user's code several threads may run, each on with what it was doing: whoever asks which of them did something looks here. */
void threads_stop_at_turn(void);

#endif
