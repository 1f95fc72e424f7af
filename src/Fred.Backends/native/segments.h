/* System V's shared memory. */
#ifndef FRED_SEGMENTS_H
#define FRED_SEGMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "intercept.h"

/* shmat, shmdt, shmctl. False: another call. */
bool segments_call(struct call *call, int64_t *result);

#endif
