/* What entering and leaving a handler means for masks and stacks. */
#ifndef FRED_PROGRAM_SIGNALS_H
#define FRED_PROGRAM_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

struct handler {
    uint64_t entry, restorer;
    uint64_t stack_top; /* of the program's alternate stack; 0: the one it is on */
    stack_t stack;      /* the alternate stack as the frame tells it */
    uint64_t old_mask;
};

/* Blocks what the handler of `signal` wants blocked, and says where it is. */
struct handler signals_enter(int signal);
/* The mask after rt_sigreturn. */
void signals_leave(uint64_t mask);

/* The general registers and flags of an interrupted context become the program's. */
void signals_take_registers(const greg_t *registers);
/* The other way round, for the general registers only. */
void signals_give_registers(greg_t *registers);

/* Makes the kernel's mask what the program's asks for. */
void signals_restore_kernel_mask(void);

/* True if the signal that interrupts this call has it begun again. */
bool signals_restart(int64_t nr);

/* True if the program has an alternate stack that no handler runs on: from where to where. */
bool signals_idle_stack(uint64_t *start, uint64_t *end);

/* Delivers one waiting signal, or stops for it. False: none waits. */
bool signals_deliver_one(void);
/* Forgets what is queued without an effect on the program. */
void signals_drop_unheeded(void);
/* A fault of the program waits to be delivered (its registers are in the context). Delivers it or stops. False: none. */
bool signals_deliver_fault(void);
/* In the past, where the program gets a signal (recorded, or a fault) for which it has a handler: stops as the live program would, but not where the run began; a scan notes it instead. True: it has stopped. */
bool signals_stop_again(int signal);
/* A signal that the log has at the present tick: enters its handler, or ends the program. */
void signals_enter_recorded(int signal, const void *info);
/* A fault that libfred found itself: a jump to where there is no code. */
void signals_raise_no_code(void);

/* rt_sigsuspend is about to wait, or has returned: until a handler is entered `mask` is in force. */
void signals_suspend(uint64_t mask);
void signals_resume(void);

/* Signals are handled on libfred's own stack: told to the kernel, once more in a process that does not have it from its parent. */
void signals_restore_stack(void);

#endif
