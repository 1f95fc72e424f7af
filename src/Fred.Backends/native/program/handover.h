/* Going over: a native head that comes to something whose place its replicas could not find again goes on translated, where every place has its number. */
#ifndef FRED_HANDOVER_H
#define FRED_HANDOVER_H

#include <stdbool.h>

#include "calls.h"

/* True when the program has gone over. It does not come back; copies of it are the same. */
bool handover_made(void);

/* Why the program cannot run native from this system call on, as a sentence for the user; NULL: it can, or it does not run native. */
const char *handover_reason(const struct call *call);

/* Goes over. The program stands where its translation is to begin, before a system call: the controller is asked which tick that is. Replicas only note it, for the case that
 * one becomes a head. `why`: a sentence for the user. */
void handover_make(const char *why);

/* A signal is to be delivered where the program happens to be: asks which tick that is. Often, and it goes over. */
void handover_for_signal(void);

#endif
