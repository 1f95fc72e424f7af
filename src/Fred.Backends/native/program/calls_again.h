/* Calls that a thread stands in when it goes on by itself: the kernel gets them once more. */
#ifndef FRED_CALLS_AGAIN_H
#define FRED_CALLS_AGAIN_H

#include <stdint.h>

#include "contexts.h"

/* Where the running thread goes on by itself: at its call again, if it stands in one that is not over. Its registers may change for that. */
uint64_t calls_again(struct thread *thread);

#endif
