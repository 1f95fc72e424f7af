#include "traps.h"

#include "entropy.h"
#include "image.h"
#include "program.h"

enum { MAX_TRAPS = 1024 };

static const uint8_t trap_byte = 0xCC;
static struct { uint64_t address; uint8_t original; } traps[MAX_TRAPS];
static int trap_count;

void traps_remove(void)
{
    for (int i = 0; i < trap_count; i++) {
        if (!entropy_is_trap(traps[i].address) && state_has_byte(traps[i].address, trap_byte)) { /* else the program has written other code there */
            state_poke_raw(traps[i].address, &traps[i].original, 1);
        }
        image_unhide(traps[i].address);
    }
    trap_count = 0;
}

static void insert(uint64_t address)
{
    uint8_t original;
    size_t copied;
    if (trap_count == MAX_TRAPS || image_read(address, &original, 1, &copied) == IMAGE_NONE || copied != 1 || !image_hide(address, original)) {
        return;
    }
    if (!entropy_is_trap(address) && !state_poke_raw(address, &trap_byte, 1)) {
        image_unhide(address);
        return;
    }
    traps[trap_count].address = address;
    traps[trap_count++].original = original;
}

void traps_insert(void)
{
    if (trap_count == 0) {
        points_each(insert);
    }
}

bool traps_has(uint64_t address)
{
    for (int i = 0; i < trap_count; i++) {
        if (traps[i].address == address) {
            return true;
        }
    }
    return false;
}
