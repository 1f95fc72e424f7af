/* Signals. In the head, handlers of the program never run when the kernel likes: they are queued and run right after a system call or
 * at the next probe, which is a place a replica can find again. */
#ifndef FRED_SIGNALS_H
#define FRED_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include "intercept.h"

/* Takes over the dispositions the program inherited and installs Fred's handlers. */
void signals_init(void);
/* Installs a handler in the kernel, without libc. */
void signals_install_kernel(int signal, void (*handler)(int, siginfo_t *, void *), unsigned flags);
/* In a replica that became the head: the program's handlers become real again. */
void signals_become_live(void);

/* The process is not recorded any more: the kernel does with its signals what the program has asked for. */
void signals_let_go(void);
/* Those that wait to be delivered, bit (1 << (signal - 1)) each; they wait no more. */
uint64_t signals_take_queued(void);

/* rt_sigaction, rt_sigprocmask, sigaltstack. */
bool signals_call(struct call *call, int64_t *result);

/* True if the program handles a signal that somebody may send it. */
bool signals_may_come(void);

/* True while a handler runs: no other begins before its end. */
bool signals_handling(void);
/* True if a handler of the program waits to run, and may. */
bool signals_pending(void);
/* Runs and logs the waiting handlers. `in_call`: right after a system call, else at a tick. */
void signals_deliver(bool in_call);
/* A blocking call was interrupted by a signal that waits: does not return if the call is to be begun again after the handler (native programs). */
void signals_interrupted(const struct call *call);
/* Runs the program's handler now (replay). */
void signals_run_handler(int signal);
/* The end by a fatal signal: shows the program's state once more, then lets it die. */
__attribute__((noreturn)) void signals_die(int signal);
/* True, once, if a signal came that the program shall not know of: the interrupted call goes on. */
bool signals_take_ignored(void);

#endif
