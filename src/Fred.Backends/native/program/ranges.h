/* Pieces of memory that were read, as pieces to be watched. */
#ifndef FRED_RANGES_H
#define FRED_RANGES_H

#include <stdbool.h>
#include <stdint.h>

struct range {
    uint64_t address;
    uint32_t length;
};

/* Ascending ranges without overlaps, each as long as one watch may be. Sorts `from`. Sets `too_many` if there is no room for them all. */
unsigned ranges_merge(struct range *from, unsigned count, struct range *to, unsigned room, bool *too_many);

#endif
