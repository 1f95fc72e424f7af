/* Which slot of the control page this process uses: its own, or a private one while it has none. */
#include "clock.h"

static struct slot private_slot = {.target = UINT64_MAX};
struct slot *clock_slot = &private_slot;

void clock_move_to(struct slot *slot, uint64_t ticks)
{
    slot->event_hash = clock_slot->event_hash;
    slot->ticks = ticks;
    slot->target = 0;
    slot->in_syscall = 0;
    clock_slot = slot;
}

static struct slot saved_slot;

void clock_before_fork(void) { saved_slot = *clock_slot; }

void clock_after_fork(void)
{
    private_slot = saved_slot;
    private_slot.target = UINT64_MAX;
    private_slot.pause = 0;
    clock_slot = &private_slot;
}
