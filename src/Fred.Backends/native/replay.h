/* Following the log: the cursor, the comparison of what the program does with what it did, and the events that come at ticks. */
#ifndef FRED_REPLAY_H
#define FRED_REPLAY_H

#include <stdbool.h>
#include <stdint.h>
#include "log.h"

struct syscall_description;

/* Begins to follow the log at `cursor`. */
void replay_start(uint64_t cursor);
/* What comes next may have been recorded since the replica came here. */
void replay_look_again(void);
/* Remembers `cursor` without a log to read: a parked process. */
void replay_park(uint64_t cursor);
/* Position of the next record; the head's is the end of its log. */
uint64_t replay_cursor(void);

/* True if the next record is of this call with these inputs. */
bool replay_is_next(int64_t nr, uint64_t out_hash);

/* The thread of the next record, by its place; -1 at the end of the recording. */
int replay_next_thread(void);

/* True if this thread lets another one run at its first event after the present tick; passes the record. */
bool replay_yields(void);

/* The next record, which must be of this call, at this tick, with these inputs; anything else is a divergence and does not return.
 * `arguments` (of the call, or NULL) are for the message only. */
struct record replay_expect(int64_t nr, uint64_t out_hash, const int64_t *arguments);
/* Copies the current record's chunks to their addresses. */
void replay_apply(void);

/* The same for the outputs of a described call, which the program may want somewhere else than when it was recorded: see session.lenient. */
void replay_apply_outputs(const struct syscall_description *description, const int64_t arguments[6], int64_t result);
/* Copies the current record's first chunk for libfred (address 0) to buffer, NUL-terminated; returns its length. */
uint64_t replay_data(void *buffer, uint64_t size);
/* Passes the current record, and delivers the signals recorded right after it. */
void replay_done(void);

/* True if the next record is a signal or injected event of the present tick: it becomes the current one (replay_data), to be passed by replay_done. */
bool replay_due(struct record *record);

/* The same for a signal that was delivered right after the system call before it. */
bool replay_due_after_call(struct record *record);

/* Handles signals and injected events recorded at the current tick. */
void replay_asynchronous(void);
/* Tick of the next such event if it is the next record, else UINT64_MAX. */
uint64_t replay_wake_tick(void);

/* If set, called first: does not return if the program stops instead of ending (a native replica that the user changed, whose divergence is no news). */
extern void (*replay_on_divergence)(const char *text);

/* Says `diverged` to the controller and ends the process. */
__attribute__((noreturn)) void replay_diverged(const char *text);

#endif
