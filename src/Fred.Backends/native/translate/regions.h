/* The memory of translations. Copied instructions keep their rip-relative operands, so a translation must lie within 2 GiB of its original: there are three regions, near
 * the executable, near the libraries, and below 2 GiB. Each has a shared arena at its beginning, then a private one, then scratch. */
#ifndef FRED_REGIONS_H
#define FRED_REGIONS_H

#include <stdbool.h>
#include <stdint.h>

enum { REGIONS = 3 };

#define MIB ((uint64_t)1 << 20)
#define ARENA_BYTES (48 * MIB)
#define SCRATCH_BYTES (1 * MIB)
#define REGION_BYTES (2 * ARENA_BYTES + SCRATCH_BYTES)

extern uint8_t *regions[REGIONS] __attribute__((visibility("hidden"))); /* NULL: there is none */

/* Maps them, for a program whose executable contains `entry`. False: one that is always needed cannot be. */
bool regions_reserve(uint64_t entry);

/* Index of a region within reach of pc, -1 if there is none. */
int region_near(uint64_t pc);

/* Anonymous memory, wherever `flags` say; NULL on failure. */
void *regions_map(uint64_t address, uint64_t length, int protection, int flags);

/* Touches memory at once instead of page by page. */
void regions_populate(void *start, uint64_t length);

#endif
