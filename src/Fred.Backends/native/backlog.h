/* Standard input of a branch. What the old branch had read from a pipe or terminal after the branching point is gone from there, but it
 * is in the old recording: the new branch gets it first, then what comes in. */
#ifndef FRED_BACKLOG_H
#define FRED_BACKLOG_H

#include <stdbool.h>
#include <stdint.h>
#include "intercept.h"

/* Collects what the open log holds of reads from descriptor 0 from `cursor` on. */
void backlog_collect(uint64_t cursor);

/* True if this read may be answered by it. */
bool backlog_has(const struct call *call);

/* Answers a read of descriptor 0 while there is something left; false: ask the kernel. */
bool backlog_read(const struct call *call, int64_t *result);

#endif
