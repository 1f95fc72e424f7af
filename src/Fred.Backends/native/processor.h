/* While the program's threads hand over to each other all the time, they stay on one processor: only one runs anyway, and waking it on another costs several times as much. The program sees
 * nothing of it. */
#ifndef FRED_PROCESSOR_H
#define FRED_PROCESSOR_H

#include <stdint.h>
#include "intercept.h"

/* A thread begins its turn. `me`: its place in the table. */
void processor_turn(int me);
/* At a tick of this thread: lets it go anywhere again, if it has run alone for long. The next tick at which to ask is processor_next_look. */
void processor_look(int me);
uint64_t processor_next_look(void);

/* The thread may go anywhere, until its next turn: what it starts now inherits that. */
void processor_leave(int me);
/* A thread was made by the one at `parent`, whose processors it has. */
void processor_born(int place, int parent);
/* Before a call about affinities, which is to find those that the program knows. Once it changes them, nothing is done here any more. */
void processor_before_call(const struct call *call);
/* The process is not recorded any more: all may go anywhere for good. */
void processor_let_go(void);
/* In a fork, which has this thread only. */
void processor_after_fork(int me);

#endif
