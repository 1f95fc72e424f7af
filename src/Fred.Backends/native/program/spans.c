#include "spans.h"

#include "maps.h"

static struct spans *noted;

void spans_add(struct spans *spans, uint64_t start, uint64_t end)
{
    if (start < end && spans->count < MAX_SPANS) {
        spans->span[spans->count].start = start;
        spans->span[spans->count++].end = end;
    }
}

static void note(const struct mapping *mapping) { spans_add(noted, mapping->start, mapping->end); }

void spans_of_mappings(struct spans *spans)
{
    spans->count = 0;
    noted = spans;
    maps_each(note);
}

void spans_subtract(struct spans *to, const struct spans *from, const struct spans *without)
{
    to->count = 0;
    for (int i = 0, first = 0; i < from->count; i++) {
        uint64_t at = from->span[i].start, end = from->span[i].end;
        while (first < without->count && without->span[first].end <= at) {
            first++;
        }
        for (int j = first; j < without->count && without->span[j].start < end; j++) {
            spans_add(to, at, without->span[j].start);
            at = without->span[j].end;
        }
        spans_add(to, at, end);
    }
}

bool spans_have(const struct spans *spans, uint64_t address)
{
    for (int i = 0; i < spans->count; i++) {
        if (address >= spans->span[i].start && address < spans->span[i].end) {
            return true;
        }
    }
    return false;
}

uint64_t spans_border(const struct spans *spans, uint64_t address, uint64_t limit)
{
    for (int i = 0; i < spans->count; i++) {
        uint64_t border = address < spans->span[i].start ? spans->span[i].start : spans->span[i].end;
        if (border > address) {
            return border < limit ? border : limit;
        }
    }
    return limit;
}
