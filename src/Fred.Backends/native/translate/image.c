/* The kernel's list of mappings is read when an address is not in a known range; after that a lookup is a search in a short array. */
#include "image.h"

#include <string.h>

#include "context.h"
#include "maps.h"

enum { MAX_RANGES = 1024, MAX_HIDDEN = 1024, TAG_BITS = 14, TAGS = 1 << TAG_BITS, TAG_WRITABLE = 1, TAG_VALID = 2, TAG_SHIFT = 2 };

_Static_assert(CONTEXT_TAGS + TAGS * sizeof(uint32_t) <= CONTEXT_BYTES - DISPATCHER_STACK_BYTES, "the tags are between the vectors and the stack");

struct range {
    uint64_t start, end;
    enum image_kind kind;
};

static struct range ranges[MAX_RANGES];
static int range_count; /* 0: not known */
static uint64_t wanted; /* finds room in any case */
static uint32_t *const tags = (uint32_t *)(CONTEXT_ADDRESS + CONTEXT_TAGS);
static bool tagged; /* some tag is set */
static struct { uint64_t address; uint8_t original; } hidden[MAX_HIDDEN];
static int hidden_count;

static void note(const struct mapping *mapping)
{
    bool asked = wanted >= mapping->start && wanted < mapping->end;
    if (mapping->read && mapping->execute && range_count < MAX_RANGES - !asked) {
        enum image_kind kind = mapping->write ? IMAGE_WRITABLE : mapping->text && !mapping->shared ? IMAGE_TEXT : IMAGE_MADE;
        ranges[range_count++] = (struct range){mapping->start, mapping->end, kind};
    }
}

static void forget(void)
{
    range_count = 0;
    if (tagged) {
        memset(tags, 0, TAGS * sizeof *tags);
        tagged = false;
    }
}

static void look(uint64_t pc)
{
    forget();
    wanted = pc;
    maps_each(note);
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

static const struct range *find_now(uint64_t pc)
{
    const struct range *range = find(pc);
    if (range == NULL) {
        look(pc);
        range = find(pc);
    }
    return range;
}

enum image_kind image_read(uint64_t pc, uint8_t *bytes, size_t size, size_t *copied)
{
    const struct range *range = find_now(pc);
    *copied = 0;
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
    return range->kind;
}

/* ---- made code ---- */

static uint32_t *tag_of(uint64_t pc) { return &tags[pc >> PAGE_BITS & (TAGS - 1)]; }

int32_t image_tag_place(uint64_t pc) { return (int32_t)(uintptr_t)tag_of(pc); }

/* The page's number, in what the place in the table does not say. */
uint32_t image_tag(uint64_t pc)
{
    const struct range *range = find_now(pc);
    if (range == NULL || range->kind == IMAGE_TEXT) {
        return 0;
    }
    uint32_t tag = (uint32_t)(pc >> (PAGE_BITS + TAG_BITS)) << TAG_SHIFT | TAG_VALID | (range->kind == IMAGE_WRITABLE ? TAG_WRITABLE : 0);
    *tag_of(pc) = tag;
    tagged = true;
    return tag;
}

/* ---- changes ---- */

bool image_change(uint64_t start, uint64_t length)
{
    bool any = false, text = false;
    if (range_count == 0) {
        look(start);
    }
    for (int i = 0; i < range_count; i++) {
        bool inside = start < ranges[i].end && start + length > ranges[i].start;
        any |= inside;
        text |= inside && ranges[i].kind == IMAGE_TEXT;
    }
    if (any) {
        forget();
    }
    return text;
}

void image_grow(void) { forget(); }

/* ---- breakpoints ---- */

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
