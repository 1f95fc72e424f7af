#include "regions.h"

#include <stddef.h>
#include <sys/mman.h>

#include "raw.h"

enum { PAGE = 4096 };

#define REACH ((uint64_t)0x7E000000 - REGION_BYTES)
#define LOW_REGION_ADDRESS 0x71000000
#define EXECUTABLE_DISTANCE (256 * MIB)

uint8_t *regions[REGIONS];

void regions_populate(void *start, uint64_t length) { RAW(SYS_madvise, start, (length + PAGE - 1) & ~(uint64_t)(PAGE - 1), MADV_POPULATE_WRITE); }

void *regions_map(uint64_t address, uint64_t length, int protection, int flags)
{
    int64_t at = RAW(SYS_mmap, address, length, protection, MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);
    return at < 0 && at > -PAGE ? NULL : (void *)at;
}

/* One region: the shared arena, the private one, scratch. `flags` fixes the place, or not. */
static uint8_t *map_region(uint64_t address, int flags)
{
    int all = PROT_READ | PROT_WRITE | PROT_EXEC;
    uint8_t *at = regions_map(address, REGION_BYTES, all, MAP_PRIVATE | flags);
    if (at != NULL && regions_map((uint64_t)at, ARENA_BYTES, all, MAP_SHARED | MAP_FIXED) == NULL) {
        return NULL;
    }
    return at;
}

bool regions_reserve(uint64_t entry)
{
    regions[0] = map_region(LOW_REGION_ADDRESS, MAP_FIXED_NOREPLACE);
    regions[1] = map_region(0, 0); /* below the libraries */
    if (entry >= LOW_REGION_ADDRESS) {
        regions[2] = map_region((entry & ~(MIB - 1)) - EXECUTABLE_DISTANCE, MAP_FIXED_NOREPLACE);
    }
    return regions[0] != NULL && regions[1] != NULL;
}

int region_near(uint64_t pc)
{
    for (int i = 0; i < REGIONS; i++) {
        uint64_t start = (uint64_t)(uintptr_t)regions[i];
        if (start != 0 && pc - start + REACH < 2 * REACH) {
            return i;
        }
    }
    return -1;
}
