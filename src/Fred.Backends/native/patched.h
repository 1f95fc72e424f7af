/* Places of libc that make system calls all the time: a jump spares them the signal by which a call is intercepted. */
#ifndef FRED_PATCHED_H
#define FRED_PATCHED_H

#include <stdint.h>

/* Notes where libc's text is. Called once, by the constructor. */
void patched_init(void);

/* A call was intercepted whose instruction ends at `behind`. From the hundredth on it comes by a jump. By the one thread that runs, in a recording or a replica. */
void patched_count(uintptr_t behind);

#endif
