/* A trap costs thousands of times what the instruction does, but these are seldom, and there is no room for a jump. Where the text's reading is doubtful nothing is
 * changed: a replay then comes to an instruction whose result is not in the log, and says so. */
#include "entropy.h"

#include "program.h"
#include "sites.h"

enum { MAX_TRAPS = 1024 };

static const uint8_t trap_byte = 0xCC;
static struct { uint64_t address; uint8_t original; } traps[MAX_TRAPS];
static int trap_count;

static int find(uint64_t address)
{
    for (int i = 0; i < trap_count; i++) {
        if (traps[i].address == address) {
            return i;
        }
    }
    return -1;
}

bool entropy_is_trap(uint64_t address) { return find(address) >= 0; }

void entropy_restore_text(uint64_t address, uint8_t *bytes, size_t size)
{
    for (int i = 0; i < trap_count; i++) {
        if (traps[i].address - address < size) {
            bytes[traps[i].address - address] = traps[i].original;
        }
    }
}

void entropy_remove(uint64_t address, uint64_t length)
{
    for (int i = trap_count - 1; i >= 0; i--) {
        if (traps[i].address - address < length) {
            uint64_t at = traps[i].address;
            uint8_t original = traps[i].original;
            traps[i] = traps[--trap_count]; /* before the write, which comes here again */
            state_poke_raw(at, &original, 1);
        }
    }
}

void entropy_install(uint64_t start, uint64_t end)
{
    static size_t offsets[MAX_TRAPS];
    int count = sites_find_random((const uint8_t *)start, end - start, offsets, MAX_TRAPS - trap_count);
    for (int i = 0; i < count; i++) {
        uint8_t original = *(const uint8_t *)(start + offsets[i]);
        if (state_poke_raw(start + offsets[i], &trap_byte, 1)) {
            traps[trap_count].address = start + offsets[i];
            traps[trap_count++].original = original;
        }
    }
}
