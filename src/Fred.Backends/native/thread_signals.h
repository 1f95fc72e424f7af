/* What each thread of the program has of its own for signals: the mask and the alternate stack. */
#ifndef FRED_THREAD_SIGNALS_H
#define FRED_THREAD_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>
#include "intercept.h"

/* Gives this thread, the first one, an alternate stack of libfred's: a stack overflow leaves no room on the program's own. */
void thread_signals_init(void);

/* rt_sigprocmask and sigaltstack. */
int64_t thread_signals_mask(ucontext_t *context, int64_t how, const uint64_t *set, uint64_t *old);
int64_t thread_signals_stack(ucontext_t *context, const stack_t *wanted, stack_t *old);

/* The mask of a call that came without a signal, which would have it: into the context, and from there to the kernel. */
void thread_signals_get_mask(ucontext_t *context);
void thread_signals_set_mask(const ucontext_t *context);
/* Notes the mask that the program has given this thread. */
void thread_signals_note_mask(uint64_t mask);
/* In a replica, where the thread was made again by another one: gives it its mask and alternate stack. */
void thread_signals_restore(void);

/* In a handler: a call of this thread that is about to begin fails. */
void thread_signals_fail_call(ucontext_t *context);

/* tkill and tgkill of a head: the kernel's id of a thread that was made again is not the one the program knows. */
bool thread_signals_kill(const struct call *call, int64_t *result);

#endif
