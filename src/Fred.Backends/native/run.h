/* What a running process does at its ticks: the resume request in force, and the decision to stop, report or go on. */
#ifndef FRED_RUN_H
#define FRED_RUN_H

#include <stdbool.h>
#include <stdint.h>

/* Takes over the words of a `run` message (section 2.5). */
void run_begin(char *words);

/* True if the request ends where the process stands already; then run_answer_at_once reports so. */
bool run_is_over(void);
void run_answer_at_once(void);

/* Where `mode=watch` evaluates: `module:<name>` or `frame:<index>:<entry tick>:<depth>`. */
void run_set_watch_scope(const char *scope);

/* Requests that are in the slot now are old ones (of the slot's earlier user). */
void run_forget_requests(void);

/* Called before anything happens at a tick: the log position that identifies the arrival there. What is injected while the program
 * stands at the tick (a freeze, a statement, a condition) moves the log on, and a replica meets it before or after its own stop. */
void run_arrive(void);
uint64_t run_arrival(void);

/* Called once per slow execution of a probe, with the tick of its first event: signals and injected events happen here. */
void run_before_first_event(void);

/* Called at every event that reached the slow path; clock_where and the tick describe it. Returns when the program may go on. */
void run_event(void);

/* The first tick at which run_event must be called: UINT64_MAX when nothing waits. */
uint64_t run_next_interesting_tick(void);

/* True if somebody asked for attention meanwhile (checkpoint, pause, a signal). */
bool run_requests_pending(void);

/* The run in force ends at the next event. */
void run_stop_next(void);

/* Stops at the end of the program, whatever the request. */
void run_end(const char *reason, const char *detail);

/* The same for an end in the middle of a statement (_exit, a fatal signal). It too is a tick: else nobody could go back to the statement. */
void run_end_in_call(const char *reason, const char *detail);

#endif
