/* Instructions that cannot be translated. */
#ifndef FRED_STEP_H
#define FRED_STEP_H

#include <stdbool.h>
#include <ucontext.h>

enum step { STEP_NONE, STEP_GOES_ON, STEP_FAULTED };

/* Called in the handler of a fault first. STEP_GOES_ON: it belongs to a step, and nothing is to be done. STEP_FAULTED: it is one of the instruction in question, which counts as not begun; the registers
 * are taken, and the handler returns to the dispatcher. */
enum step step_meet(int signal, greg_t *registers);

#endif
