/* Injected events: calls of the agent that are part of the program's history, so every replay makes them at the same tick. */
#ifndef FRED_INJECT_H
#define FRED_INJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "log.h"

enum inject_kind { INJECT_FREEZE = 1, INJECT_STATEMENT = 2, INJECT_CONDITION = 3 };

/* Makes the call in the head and logs it. `reply` (may be NULL) gets a text answer. Returns a number answer, -1 without one. */
int64_t inject_live(enum inject_kind kind, int64_t number, const char *text, char *reply, size_t size);

/* Makes the call of an INJECT record, which is the current one of the log. */
void inject_replay(const struct record *record);

/* The result of a condition that was replayed at this very tick. False: the recording has none. */
bool inject_replayed_condition(uint64_t breakpoint, int64_t *value);

/* True once a call that is no part of history ran code of the program, or may have changed it in another way. */
extern bool inject_touched;

/* Makes a call that is no part of history; the process is lenient from then on. */
int64_t inject_perturbing(const char *op, int64_t number, const char *text, char *reply, size_t size);

#endif
