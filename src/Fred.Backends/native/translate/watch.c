#include "watch.h"

#include <stddef.h>
#include <string.h>
#include <sys/uio.h>

#include "accesses.h"
#include "context.h"
#include "raw.h"
#include "translator.h"

enum { MAX_ALL_PIECES = 2 * MAX_WATCHES, PAGE = 4096, LONGEST_STORE = 64 };

struct watch watches[MAX_WATCHES];
int watch_count;

static struct piece {
    uint64_t wanted;  /* where it is in the program */
    uint64_t address; /* where it is compared */
    uint64_t negated; /* minus the value there so far */
    uint16_t watch;
    uint8_t size;
} pieces[MAX_ALL_PIECES];
static int piece_count, asking; /* watches that ask for more than changes */
static bool ascending = true, often;
static uint64_t nothing; /* what unmapped pieces look at */
static uint64_t narrow_low, narrow_high = UINT64_MAX;
static uint64_t stored_at; /* 0: not known */

static int marked_low, marked_high; /* those marked are among these */

static void unmark(void)
{
    for (int w = marked_low; w < marked_high; w++) {
        watches[w].changed = false;
    }
    marked_low = MAX_WATCHES;
    marked_high = 0;
}

static void mark(int w)
{
    watches[w].changed = true;
    marked_low = w < marked_low ? w : marked_low;
    marked_high = w >= marked_high ? w + 1 : marked_high;
}

static uint64_t load(uint64_t address, int size)
{
    uint64_t value = 0;
    memcpy(&value, (const void *)address, (size_t)size);
    return value;
}

bool watch_readable(uint64_t address)
{
    static uint8_t value;
    struct iovec to = {&value, 1}, from = {(void *)address, 1};
    return RAW(SYS_process_vm_readv, RAW(SYS_getpid), &to, 1, &from, 1, 0) == 1;
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

static bool cut(uint64_t address, uint64_t length)
{
    while (length > 0) {
        if (piece_count == MAX_ALL_PIECES) {
            return false;
        }
        int size = piece_size(address, length);
        ascending &= piece_count == 0 || pieces[piece_count - 1].wanted < address;
        pieces[piece_count++] = (struct piece){.wanted = address, .watch = (uint16_t)watch_count, .size = (uint8_t)size};
        address += (uint64_t)size;
        length -= (uint64_t)size;
    }
    return true;
}

static void tell_translator(void)
{
    instrumentation.filter = piece_count > MAX_PIECES || asking > 0 || often;
    instrumentation.asks = asking > 0;
    instrumentation.pieces = instrumentation.filter ? 0 : piece_count;
    for (int i = 0; i < instrumentation.pieces; i++) {
        piece_sizes[i] = pieces[i].size;
    }
}

void watch_replace_often(bool yes)
{
    often = yes;
    tell_translator();
}

const char *watch_add(uint64_t id, uint64_t address, uint64_t length, enum watch_kind kind)
{
    int before = piece_count;
    if (watch_count == MAX_WATCHES) {
        return "too many watchpoints";
    }
    if (length == 0 || length > MAX_WATCHED_BYTES) {
        return "a watchpoint is 1 to 64 bytes long";
    }
    if (kind != WATCH_READ && !cut(address, length)) {
        piece_count = before;
        return "too many bytes are watched";
    }
    asking += kind != WATCH_CHANGE;
    watches[watch_count++] = (struct watch){id, address, (uint32_t)length, (uint8_t)kind, false};
    accesses_mark(address, length, kind);
    tell_translator();
    return NULL;
}

void watch_clear(void)
{
    unmark();
    watch_count = piece_count = asking = 0;
    ascending = true;
    accesses_clear();
    tell_translator();
}

static void show_translator(int i)
{
    if (i < instrumentation.pieces) {
        CONTEXT->piece_address[i] = pieces[i].address;
        CONTEXT->piece_negated[i] = pieces[i].negated;
    }
}

void watch_bind(bool fresh)
{
    uint64_t page = UINT64_MAX;
    bool mapped = false;
    for (int i = 0; i < piece_count; i++) {
        struct piece *piece = &pieces[i];
        if (piece->wanted / PAGE != page) {
            page = piece->wanted / PAGE;
            mapped = watch_readable(piece->wanted);
        }
        uint64_t address = mapped ? piece->wanted : (uint64_t)(uintptr_t)&nothing;
        if (fresh || address != piece->address) {
            piece->address = address;
            piece->negated = 0 - load(address, piece->size);
        }
        show_translator(i);
    }
    narrow_low = 0;
    narrow_high = UINT64_MAX;
}

static bool has_changed(const struct piece *piece) { return load(piece->address, piece->size) + piece->negated != 0; }

bool watch_changed(void)
{
    for (int i = 0; i < piece_count; i++) {
        if (has_changed(&pieces[i])) {
            return true;
        }
    }
    return false;
}

/* The first piece that ends behind `address`. */
static int first_piece(uint64_t address)
{
    int low = 0, high = piece_count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (pieces[middle].wanted + pieces[middle].size <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void watch_narrow(uint64_t address)
{
    stored_at = address;
    if (ascending) {
        narrow_low = address;
        narrow_high = address + LONGEST_STORE;
    }
}

bool watch_collect(void)
{
    bool any = false;
    unmark();
    for (int i = narrow_low > 0 ? first_piece(narrow_low) : 0; i < piece_count && pieces[i].wanted < narrow_high; i++) {
        if (has_changed(&pieces[i])) {
            pieces[i].negated = 0 - load(pieces[i].address, pieces[i].size);
            show_translator(i);
            mark(pieces[i].watch);
            any = true;
        }
    }
    narrow_low = 0;
    narrow_high = UINT64_MAX;
    return any;
}

void watch_widen(void) { stored_at = 0; }

static bool mark_asking(uint64_t address, uint64_t length, enum watch_kind other)
{
    bool any = false;
    unmark();
    for (int w = 0; w < watch_count && asking > 0; w++) {
        bool asks = watches[w].kind == WATCH_ACCESS || watches[w].kind == other;
        if (asks && watches[w].address < address + length && address < watches[w].address + watches[w].length) {
            mark(w);
            any = true;
        }
    }
    return any;
}

bool watch_loaded(uint64_t address, uint64_t length) { return mark_asking(address, length, WATCH_READ); }

bool watch_stored(uint64_t length) { return asking > 0 && stored_at != 0 && mark_asking(stored_at, length, WATCH_ACCESS); }
