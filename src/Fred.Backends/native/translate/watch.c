#include "watch.h"

#include <stddef.h>
#include <string.h>
#include <sys/uio.h>

#include "context.h"
#include "raw.h"
#include "translator.h"

struct watch watches[MAX_WATCHES];
int watch_count;

static uint64_t wanted[MAX_PIECES]; /* where each piece is in the program */
static uint64_t nothing;            /* what unmapped pieces look at */

static uint64_t load(uint64_t address, int size)
{
    uint64_t value = 0;
    memcpy(&value, (const void *)address, (size_t)size);
    return value;
}

static bool readable(uint64_t address, int size)
{
    uint64_t value;
    struct iovec to = {&value, (size_t)size}, from = {(void *)address, (size_t)size};
    return RAW(SYS_process_vm_readv, RAW(SYS_getpid), &to, 1, &from, 1, 0) == size;
}

/* The largest power of two that is aligned there and fits: such a piece never crosses a page. */
static int piece_size(uint64_t address, uint64_t left)
{
    int size = 8;
    while (address % (uint64_t)size != 0 || (uint64_t)size > left) {
        size /= 2;
    }
    return size;
}

const char *watch_add(uint64_t id, uint64_t address, uint64_t length)
{
    int pieces = instrumentation.pieces;
    if (watch_count == MAX_WATCHES) {
        return "too many watchpoints";
    }
    if (length == 0 || length > MAX_WATCHED_BYTES) {
        return "a watchpoint is 1 to 64 bytes long";
    }
    for (uint64_t at = address, left = length; left > 0;) {
        if (pieces == MAX_PIECES) {
            return "too many bytes are watched";
        }
        int size = piece_size(at, left);
        wanted[pieces] = at;
        piece_sizes[pieces++] = (uint8_t)size;
        at += (uint64_t)size;
        left -= (uint64_t)size;
    }
    watches[watch_count++] = (struct watch){id, address, (uint32_t)length, false};
    instrumentation.pieces = pieces;
    return NULL;
}

void watch_clear(void) { watch_count = instrumentation.pieces = 0; }

void watch_bind(bool fresh)
{
    for (int i = 0; i < instrumentation.pieces; i++) {
        uint64_t before = CONTEXT->piece_address[i];
        uint64_t address = readable(wanted[i], piece_sizes[i]) ? wanted[i] : (uint64_t)(uintptr_t)&nothing;
        if (fresh || address != before) {
            CONTEXT->piece_address[i] = address;
            CONTEXT->piece_negated[i] = 0 - load(address, piece_sizes[i]);
        }
    }
}

bool watch_changed(void)
{
    for (int i = 0; i < instrumentation.pieces; i++) {
        if (load(CONTEXT->piece_address[i], piece_sizes[i]) + CONTEXT->piece_negated[i] != 0) {
            return true;
        }
    }
    return false;
}

bool watch_collect(void)
{
    bool any = false;
    for (int w = 0; w < watch_count; w++) {
        watches[w].changed = false;
    }
    for (int i = 0; i < instrumentation.pieces; i++) {
        uint64_t value = load(CONTEXT->piece_address[i], piece_sizes[i]);
        if (value + CONTEXT->piece_negated[i] == 0) {
            continue;
        }
        CONTEXT->piece_negated[i] = 0 - value;
        any = true;
        for (int w = 0; w < watch_count; w++) {
            if (wanted[i] - watches[w].address < watches[w].length) {
                watches[w].changed = true;
            }
        }
    }
    return any;
}
