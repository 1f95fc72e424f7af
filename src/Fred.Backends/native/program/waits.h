/* Calls that wait, in a program with several threads: another one runs meanwhile. Such a call is performed when it need not wait any more, by the thread whose turn it is. */
#ifndef FRED_WAITS_H
#define FRED_WAITS_H

#include <stdbool.h>
#include <stdint.h>

#include "contexts.h"

/* Live: true if this call of the running thread would have to wait now. */
bool waits_would(const struct call *call);
/* The running thread stands in this call from now on. */
void waits_begin(const struct call *call);
/* Whether the call that the thread stands in has come to its end. A long write is carried on. */
bool waits_ready(struct thread *thread);
/* Whether a signal ends the call that the thread stands in; then *result is what it returns, if it is not begun again. */
bool waits_interrupted(struct thread *thread, int64_t *result);
/* Performs the call that the running thread stands in, which is ready, or repeats it. */
int64_t waits_finish(void);
/* Sleeps until one of the threads, which all wait, may be ready, or something else happens. */
void waits_idle(void);

/* Result of a call that is to be begun again, after the handler of the signal that interrupted it. */
enum { BEGIN_AGAIN = -512 };

#endif
