/* Sets of addresses, as stretches in ascending order. */
#ifndef FRED_SPANS_H
#define FRED_SPANS_H

#include <stdbool.h>
#include <stdint.h>

enum { MAX_SPANS = 4096 };

struct spans {
    int count; /* MAX_SPANS: there may be more, which are not in it */
    struct { uint64_t start, end; } span[MAX_SPANS];
};

/* Behind all others; nothing where it is empty. */
void spans_add(struct spans *spans, uint64_t start, uint64_t end);
/* What is mapped in this process. */
void spans_of_mappings(struct spans *spans);
/* `from` without `without`; `to` is neither of them. */
void spans_subtract(struct spans *to, const struct spans *from, const struct spans *without);

bool spans_have(const struct spans *spans, uint64_t address);
/* The end of the stretch from `address` on, up to `limit`, all of which is in the set, or none. */
uint64_t spans_border(const struct spans *spans, uint64_t address, uint64_t limit);

#endif
