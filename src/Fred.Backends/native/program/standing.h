/* What the kernel allows each thread by itself: its user and groups, capabilities, system call filters. */
#ifndef FRED_STANDING_H
#define FRED_STANDING_H

#include <stdbool.h>

/* True if the kernel's thread `id` of this process may do what the calling one may. */
bool standing_is_same(int id);

#endif
