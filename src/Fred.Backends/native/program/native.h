/* The head at full speed: it runs its own code, not translations, and its ticks are not known until it is located. */
#ifndef FRED_NATIVE_H
#define FRED_NATIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

/* The mode option head=native; whether it was given; and whether this is a head that, for that reason, runs its own code wherever it can. */
void native_choose(void);
bool native_wanted(void);
bool native_chosen(void);

/* Replaces the system calls of the libraries that are loaded: once, at the start. */
void native_patch(void);

/* True while the program's own code runs. */
bool native_running(void);

/* In a signal handler: takes the program over from its own code. False: it is not running (or libfred itself is on its way there, and will look again). */
bool native_take_over(greg_t *registers);

/* Called in a handler for a fault of the program's own code, after taking over. True: it was one of ours (a breakpoint, a clock instruction). */
bool native_own_fault(int signal, uint64_t rip);

/* A system call, or a breakpoint, waits to be handled by the dispatcher. False: none. */
bool native_pending(void);

/* True if the program was taken over inside an instruction that the kernel may interrupt (a repeated string instruction): it will be finished first, and attention asked
 * again. */
bool native_finishes_instruction(void);

/* In a copy: what does not survive a fork is made again when it leaves. */
void native_after_fork(void);

/* For a while nothing of the process is recorded, as its thread is somebody else's. */
void native_pause(void);
void native_resume(void);

/* The process runs by itself from now on: nothing of what brings it back is left. */
void native_let_go(void);

/* The program's children make their system calls themselves, also at patched places. */
void native_call_directly(bool directly);

/* While libfred itself reads the clock or asks the processor, these instructions do not trap. */
void native_allow_clock(bool allow);

/* The next instruction is translated, whatever happens: behind a place that has a number there is then another place, before another number is given out. */
void native_hold(void);

/* The tick before which it must be translated: one instruction, where a breakpoint or something like it is. UINT64_MAX: it is not going to leave. */
uint64_t native_translate_until(void);

#endif
