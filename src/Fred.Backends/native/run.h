/* What a running process does at its ticks: the resume request in force, and the decision to stop, report or go on. */
#ifndef FRED_RUN_H
#define FRED_RUN_H

#include <stdbool.h>
#include <stdint.h>

/* Called once per slow execution of a probe, with the tick of its first event: signals and injected events happen here. */
void run_before_first_event(void);

/* Called at every event that reached the slow path; clock_where and the tick describe it. Returns when the program may go on. */
void run_event(void);

/* The first tick at which run_event must be called: UINT64_MAX when nothing waits. */
uint64_t run_next_interesting_tick(void);

/* True if somebody asked for attention meanwhile (checkpoint, pause, a signal). */
bool run_requests_pending(void);

#endif
