/* Watched ranges of memory, cut into pieces that one load each can compare. Memory that is not mapped (yet) is watched as if it were constant. */
#ifndef FRED_WATCH_H
#define FRED_WATCH_H

#include <stdbool.h>
#include <stdint.h>

enum { MAX_WATCHES = 16, MAX_WATCHED_BYTES = 64 };

struct watch {
    uint64_t id, address;
    uint32_t length;
    bool changed; /* set by watch_collect */
};

extern struct watch watches[MAX_WATCHES];
extern int watch_count;

/* An error text or NULL. */
const char *watch_add(uint64_t id, uint64_t address, uint64_t length);
void watch_clear(void);

/* Points the pieces at their memory, or at nothing where there is none, and takes the values there as the old ones. At the beginning of a run (`fresh`), and after
 * the program's mappings changed: then pieces that stay mapped keep their old values. */
void watch_bind(bool fresh);

/* True if some piece is not what it was. */
bool watch_changed(void);
/* Marks the watches that have changed, and takes the new values. False: none. */
bool watch_collect(void);

#endif
