/* The kernel's library of calls that need no kernel. */
#ifndef FRED_VDSO_H
#define FRED_VDSO_H

#include <stdint.h>

/* Makes its functions real system calls, so that what they tell is in the log. 0 or -errno. */
int vdso_patch(void);

/* Where in it a function begins; all ones when there is none. */
uint64_t vdso_offset(const char *name);

#endif
