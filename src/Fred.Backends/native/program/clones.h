/* clone, fork and vfork. */
#ifndef FRED_CLONES_H
#define FRED_CLONES_H

#include <stdbool.h>
#include <stdint.h>

#include "intercept.h"

/* A thread of the program, or a process that runs without us. False: another call. Does not return for what cannot be replayed. */
bool clones_call(struct call *call, int64_t *result);

#endif
