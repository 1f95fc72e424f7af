/* What libfred needs of CPython: a handful of functions found by name, the first words of an object, and the recursion counter. No
 * Python.h: one build serves 3.9 to 3.13. */
#ifndef FRED_PYTHON_H
#define FRED_PYTHON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The recursion counter of the running thread, inside its PyThreadState; 0 before calibration, more than any depth for a thread not yet seen. */
extern const int *python_counter __attribute__((visibility("hidden")));
extern int python_counter_sign __attribute__((visibility("hidden"))), python_counter_offset __attribute__((visibility("hidden")));
/* All bits set where the counter is what is left of the limit, which follows it and which the program may change; else 0. */
extern int python_limit_mask __attribute__((visibility("hidden")));

/* Depth of the current Python frame: grows by one per call, never negative; 0 before calibration. Needs no GIL: also valid inside a system call. */
static inline int32_t python_depth_of(const int *counter) { return python_counter_sign * counter[0] + (counter[1] & python_limit_mask) + python_counter_offset; }
static inline int32_t python_depth(void) { return python_depth_of(python_counter); }

/* What python_counter is for a thread that has executed no probe: its state is not known before. */
const int *python_unknown_counter(void);
/* From now on nobody looks at any thread's. */
void python_forget_counters(void);
/* At a probe, with the GIL held: finds the running thread's counter if it is not known. */
void python_find_counter(void);

/* True once the agent has handed over its callback. */
bool python_ready(void);
void python_set_callback(void *callback);

/* Depth of the program's innermost frame: in a call of the agent that of the frame it was called from. */
int32_t python_program_depth(void);

/* A program that stands where it may hardly call anything (a runaway recursion) leaves the agent no room either: more frames are allowed from now on. Only in throw-away processes. */
void python_give_room(void);

/* Calls the agent, with room for it where the program has hardly any left: callback(op, number, text). The answer is copied to `reply` (NUL-terminated, cut to size) if it is a str; an int
 * answer is returned in *value. Returns false if the callback raised (the traceback is printed) or there is none. */
bool python_call(const char *op, int64_t number, const char *text, char *reply, size_t size, int64_t *value);

/* gc.freeze(), without a frame of Python's: after a fork each page that is touched costs more than the call. */
void python_freeze(void);

/* After code that ran alone: if it answered another thread's request for the GIL, the request is made again, so that the program answers it where it did. */
void python_repeat_request(void);

/* Takes the GIL, for code that was stopped inside a system call without it. Only in throw-away processes. */
void python_take_gil(void);

#endif
