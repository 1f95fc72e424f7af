/* Entering and leaving the program's signal handlers, as the kernel would: by a frame on the program's stack. */
#ifndef FRED_FRAME_H
#define FRED_FRAME_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

enum { SIGNAL_INFO_BYTES = 128 };

/* What the kernel tells in a frame of a fault. */
struct fault_details {
    uint64_t error, trap, address;
};

/* Pushes the frame for `signal` and makes the context stand at the handler; takes one tick. `fault` may be NULL. Ends the program if its stack cannot take the frame. */
void frame_enter(int signal, const void *info, const struct fault_details *fault);

/* rt_sigreturn. */
void frame_leave(void);

#endif
