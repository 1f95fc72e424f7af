/* Catching the program's system calls: Syscall User Dispatch sends every `syscall` instruction outside libfred's own text to a SIGSYS
 * handler, which records or replays it. */
#ifndef FRED_INTERCEPT_H
#define FRED_INTERCEPT_H

#include <stdint.h>
#include <ucontext.h>

/* One intercepted call, while its handler runs. */
struct call {
    int64_t nr;
    int64_t arguments[6];
    ucontext_t *context; /* the program's registers and signal mask, as they will be restored */
};

/* Finds libfred's own text. Called once, by the constructor. */
void intercept_init(void);
/* Installs the handler and switches dispatch on for this thread. 0 or -errno. */
int intercept_on(void);
/* Switches dispatch on for one more thread. 0 or -errno. */
int intercept_this_thread(void);
/* What the program gets for an intercepted call. */
int64_t intercept_answer(struct call *call);
/* This thread of a process that is not recorded any more makes its calls itself from now on. */
void intercept_leave(void);

/* Performs the program's call through fred_raw. */
int64_t intercept_perform(const struct call *call);

#endif
