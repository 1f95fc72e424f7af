/* The kernel's list of this process's mappings. */
#ifndef FRED_MAPS_H
#define FRED_MAPS_H

#include <stdbool.h>
#include <stdint.h>

struct mapping {
    uint64_t start, end;
    bool read, write, execute, shared;
    bool text; /* a file, or the kernel's own code */
};

/* Calls `visit` for each mapping, in ascending order; vsyscall, above user space, is left out. Not reentrant. */
void maps_each(void (*visit)(const struct mapping *mapping));

#endif
