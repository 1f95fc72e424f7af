/* What libfred needs of CPython: a handful of functions found by name, the first words of an object, and the recursion counter. No
 * Python.h: one build serves 3.9 to 3.13. */
#ifndef FRED_PYTHON_H
#define FRED_PYTHON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Depth of the current Python frame: grows by one per call, never negative; 0 before calibration. Needs no GIL: also valid inside a system call. */
int32_t python_depth(void);

/* True once the agent has handed over its callback. */
bool python_ready(void);
void python_set_callback(void *callback);

/* Calls the agent: callback(op, number, text). The answer is copied to `reply` (NUL-terminated, cut to size) if it is a str; an int
 * answer is returned in *value. Returns false if the callback raised (the traceback is printed) or there is none. */
bool python_call(const char *op, int64_t number, const char *text, char *reply, size_t size, int64_t *value);

/* Takes the GIL, for code that was stopped inside a system call without it. Only in throw-away processes. */
void python_take_gil(void);

#endif
