/* Sleeping and waking at futex words, of programs with threads: done by the baton, so that who is woken and who runs next is Fred's decision, and
 * so that Fred knows when nobody is left to wake anybody. */
#ifndef FRED_FUTEX_H
#define FRED_FUTEX_H

#include <stdbool.h>
#include <stdint.h>
#include "intercept.h"

/* True if the call is to be answered by futex_live. False for words in memory that is shared with other processes: the kernel's. */
bool futex_is_ours(const struct call *call);
/* Answers it, in the head. `again`: it was under way in a replica that has become the head; a sleeper then wakes once for nothing, as it may at any time. */
int64_t futex_live(const struct call *call, bool again);

/* In a process in which nobody else runs (an inspector, an evaluation in a replica): true if the call would sleep for ever; *result is what it gets instead. */
bool futex_alone(const struct call *call, int64_t *result);

#endif
