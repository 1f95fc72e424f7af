/* Which thread runs next, and when the one that runs has to let others. Everything here is asked by the holder of the baton, or with the baton's lock held. */
#ifndef FRED_SCHEDULE_H
#define FRED_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

/* How the next thread is chosen: first come first served, or at random (any number but 0). */
void schedule_set_random(uint64_t seed);
bool schedule_is_random(void);

/* Takes the next one out of those that ask for the baton; NO_THREAD: nobody does. */
int schedule_choose(void);
/* The first thread of all if everybody sleeps for ever; else NO_THREAD. A handler of the program (but that for Ctrl-C, which is the debugger's) may be meant to wake one. */
int schedule_deadlocked(void);

/* The thread chosen begins its turn. */
void schedule_begin_turn(void);
/* A patient thread asks for the baton from now on. */
void schedule_somebody_waits(void);

/* Whether the holder lets another one run, in a call or at a tick. Those who come back from outside are let at once, patient ones when the holder has had its time: whom
 * a thread has woken needs what that thread holds as a rule, Python's interpreter lock above all, and would only go to sleep again. */
bool schedule_yields_in_call(void);
bool schedule_yields_at_tick(void);
/* The tick at which to ask the next time: 0 at once, UINT64_MAX when nobody waits. */
uint64_t schedule_next_look(void);

#endif
