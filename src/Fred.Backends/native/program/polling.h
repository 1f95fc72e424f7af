/* Descriptors that calls wait for. */
#ifndef FRED_POLLING_H
#define FRED_POLLING_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "contexts.h"

enum { MOST_POLLED = 1024 };

/* For ppoll. */
extern struct pollfd polled[MOST_POLLED];

/* What a call on one descriptor waits for there; 0 for other calls. */
short polling_events(const struct call *call);
/* Such a call fails rather than wait. */
bool polling_never_waits(const struct call *call);
/* A call that waits for a list of descriptors. */
bool polling_has_list(int64_t nr);
/* Puts the descriptors that the call waits for at the end of `polled`, where there is room for `room`. How many. */
int64_t polling_take(const struct call *call, int64_t room);
/* True if one of them is ready. */
bool polling_is_ready(const struct call *call);

/* More than a pipe is sure to take at once: written in pieces while others run, who may be the readers. True: it is all written, or has failed. */
bool polling_is_long_write(const struct call *call);
bool polling_carry_on_writing(struct waiting *waiting);

#endif
