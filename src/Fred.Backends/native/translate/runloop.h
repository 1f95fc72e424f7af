/* From one block to the next: the only C that runs between two pieces of the program. */
#ifndef FRED_RUNLOOP_H
#define FRED_RUNLOOP_H

#include <stdbool.h>
#include <stdint.h>
#include "translator.h"

/* How many instructions the program has executed. */
uint64_t runloop_tick(void);
/* Moves the count: the program stands at `tick` from now on. */
void runloop_set_tick(uint64_t tick);

/* Completes what translated code has noted. */
void runloop_settle(void);

/* Called in a signal handler: the program shall come to host_attention within a block. `host_rip` is the interrupted pc, `rcx` points to its rcx. */
void runloop_ask_attention(uint64_t host_rip, uint64_t *rcx);
/* True if somebody asked and was not heard yet. */
bool runloop_attention_asked(void);

/* From here on only private translations are used: shared ones may not fit this process's code any more. */
void runloop_stay_private(void);
/* The bytes or mappings in [start, start + length) are about to change: translations of files there are given up (others know by themselves). */
void runloop_code_changes(uint64_t start, uint64_t length);

extern volatile bool runloop_attention;
/* The same, when it is known that the program is about to go on (enter.S). True: it must not. */
bool runloop_steal(void);

/* The dispatcher (called by enter.S): handles the exit and returns where to go on. */
uint8_t *runloop_dispatch(const struct exit_record *exit);

/* ---- what the rest of libfred does for the run loop; each may stop the program and change everything ---- */

/* The tick at which host_arrive must be called, UINT64_MAX for none. */
uint64_t host_goal(void);
/* The goal is reached. */
void host_arrive(void);
/* Somebody asked for attention. */
void host_attention(void);
/* At an armed address, whose instruction comes next. */
void host_break(void);
/* So many hits of armed addresses were only noted (instrumentation.quiet), the last one at `tick` and `pc`. */
void host_hits(uint64_t count, uint64_t tick, uint64_t pc);
/* The instruction at `pc` (0: unknown) changed watched bytes; context.pc is its successor. */
void host_watch(uint64_t pc);
/* The instruction at `pc` (0: unknown) may have read watched memory, near context.load_at; context.pc is its successor. */
void host_read(uint64_t pc);
/* The instruction at `pc`, which comes next, reads memory. Never stops. */
void host_load(uint64_t pc);
/* Something is watched near the stack: translations must not rely on the contrary. */
void host_alarm(void);
/* Registers and discriminators are right. */
void host_match(void);
/* A system call instruction is counted, context.pc is its successor. */
void host_syscall(void);
/* The same in a native head, by a patched system call. Where to go on natively, as host_leaves; NULL: look. */
uint8_t *host_native_call(void);
/* The instruction at context.pc is counted; its result comes from outside. */
void host_environment(void);
/* The same, as it cannot be translated: it is executed where it is. */
void host_step(void);
/* No translation can be near context.pc: the instruction there is counted and executed where it is. False: that cannot be done. */
bool host_step_far(void);
/* context.pc cannot be translated (`why` or NULL), or not executed. */
void host_unsupported(const char *why);
void host_no_code(void);
/* True if translations must be private: something of this process is looked for. */
bool host_instrumented(void);
/* Where the process shall go on natively for context.pc; NULL: it shall not. Asked last. */
uint8_t *host_leaves(void);
/* Somebody asked for attention after that: true if it would have left, and now does not. */
bool host_stays(void);
/* Counts resumptions after stops: a changed number means that the exit that led here is history. */
extern unsigned host_resumptions;

#endif
