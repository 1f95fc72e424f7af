/* When a call that waits has waited long enough. */
#ifndef FRED_DEADLINES_H
#define FRED_DEADLINES_H

#include <time.h>

#include "contexts.h"

/* In ns of CLOCK_MONOTONIC, counted from the first question on; INT64_MAX: never. */
int64_t deadlines_of(struct waiting *waiting);
bool deadlines_passed(struct waiting *waiting);
/* The time until then, for ppoll; NULL for INT64_MAX. */
const struct timespec *deadlines_until(int64_t deadline, struct timespec *time);
/* Tells an interrupted sleep how much was left of it. */
void deadlines_left(struct waiting *waiting);

#endif
