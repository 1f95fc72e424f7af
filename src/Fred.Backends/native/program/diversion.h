/* A diversion is a throw-away copy for calls of the program's functions: it has no outside world. */
#ifndef FRED_DIVERSION_H
#define FRED_DIVERSION_H

#include <stdint.h>

#include "intercept.h"

/* Answers a system call there. What the program writes to its standard streams goes to the controller. */
int64_t diversion_call(const struct call *call);

#endif
