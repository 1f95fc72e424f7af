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

/* Room for a frame with all vectors. */
enum { FRAME_ROOM = 5120 };
/* Builds one there, from which the kernel makes a thread of its own go on as the running one, at `pc`. Where its stack pointer has to be. */
uint64_t frame_to_go_on(uint8_t room[FRAME_ROOM], uint64_t pc);

/* rt_sigreturn. */
void frame_leave(void);

#endif
