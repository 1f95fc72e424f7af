#include "jumps.h"

#include <stddef.h>

#include "runloop.h"

enum { MAX_JUMPS = 1 << 16 };

static struct jump { uint64_t at, to; } jumps[MAX_JUMPS]; /* ascending; pages that are not used cost nothing */
static unsigned count;

bool jumps_add(uint64_t at, uint64_t to)
{
    if (count == MAX_JUMPS || to <= at || (count > 0 && at < jumps[count - 1].to)) {
        return false;
    }
    jumps[count++] = (struct jump){at, to};
    return true;
}

void jumps_clear(void) { count = 0; }

static const struct jump *find(uint64_t tick)
{
    unsigned low = 0, high = count;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (jumps[middle].at < tick) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count ? &jumps[low] : NULL;
}

uint64_t jumps_next(uint64_t tick)
{
    const struct jump *next = find(tick);
    return next != NULL ? next->at : UINT64_MAX;
}

uint64_t jumps_number(uint64_t tick)
{
    const struct jump *next = find(tick);
    return next != NULL && next->at == tick ? next->to : tick;
}

void jumps_make(void)
{
    const struct jump *due = find(runloop_tick());
    if (due != NULL && due->at == runloop_tick()) {
        runloop_set_tick(due->to);
    }
}
