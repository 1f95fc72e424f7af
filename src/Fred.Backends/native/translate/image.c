/* The kernel's list of mappings is read when an address is not in a known range; after that a lookup is a search in a short array. */
#include "image.h"

#include <string.h>

#include "maps.h"

enum { MAX_RANGES = 1024, MAX_HIDDEN = 1024 };

struct range {
    uint64_t start, end;
    bool writable;
};

static struct range ranges[MAX_RANGES];
static int range_count;
static struct { uint64_t address; uint8_t original; } hidden[MAX_HIDDEN];
static int hidden_count;

static void note(const struct mapping *mapping)
{
    if (mapping->read && mapping->execute && range_count < MAX_RANGES) {
        ranges[range_count++] = (struct range){mapping->start, mapping->end, mapping->write};
    }
}

static const struct range *find(uint64_t pc)
{
    for (int i = 0; i < range_count; i++) {
        if (pc >= ranges[i].start && pc < ranges[i].end) {
            return &ranges[i];
        }
    }
    return NULL;
}

enum image_kind image_read(uint64_t pc, uint8_t *bytes, size_t size, size_t *copied)
{
    const struct range *range = find(pc);
    *copied = 0;
    if (range == NULL) {
        range_count = 0;
        maps_each(note);
        range = find(pc);
    }
    if (range == NULL) {
        return IMAGE_NONE;
    }
    *copied = range->end - pc < size ? range->end - pc : size;
    memcpy(bytes, (const void *)pc, *copied);
    if (*copied < size && find(range->end) != NULL) { /* the next mapping goes on where this one ends */
        uint64_t more = find(range->end)->end - range->end, missing = size - *copied;
        memcpy(bytes + *copied, (const void *)range->end, more < missing ? more : missing);
        *copied += more < missing ? more : missing;
    }
    image_restore(pc, bytes, *copied);
    return range->writable ? IMAGE_WRITABLE : IMAGE_TEXT;
}

void image_bounds(uint64_t pc, uint64_t *start, uint64_t *end)
{
    const struct range *range = find(pc);
    *start = range != NULL ? range->start : pc;
    *end = range != NULL ? range->end : pc + 1;
}

void image_change(uint64_t start, uint64_t length)
{
    for (int i = 0; i < range_count; i++) {
        if (start < ranges[i].end && start + length > ranges[i].start) {
            range_count = 0;
            return;
        }
    }
}

bool image_hide(uint64_t address, uint8_t original)
{
    if (hidden_count == MAX_HIDDEN) {
        return false;
    }
    hidden[hidden_count].address = address;
    hidden[hidden_count++].original = original;
    return true;
}

void image_unhide(uint64_t address)
{
    for (int i = 0; i < hidden_count; i++) {
        if (hidden[i].address == address) {
            hidden[i] = hidden[--hidden_count];
            return;
        }
    }
}

void image_restore(uint64_t address, uint8_t *bytes, size_t size)
{
    host_restore_text(address, bytes, size);
    for (int i = 0; i < hidden_count; i++) {
        if (hidden[i].address - address < size) {
            bytes[hidden[i].address - address] = hidden[i].original;
        }
    }
}
