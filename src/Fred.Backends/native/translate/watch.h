/* Watched ranges of memory, cut into pieces that one load each can compare. Memory that is not mapped (yet) is watched as if it were constant. Few pieces are compared
 * by translated code itself; for many it only looks whether a store was near one of them (accesses.h), and then they are compared here. */
#ifndef FRED_WATCH_H
#define FRED_WATCH_H

#include <stdbool.h>
#include <stdint.h>

enum { MAX_WATCHES = 8192, MAX_WATCHED_BYTES = 64 };

/* What counts: a change of the bytes, that they are read, or either (a store that changes nothing, too). */
enum watch_kind { WATCH_CHANGE, WATCH_READ, WATCH_ACCESS };

struct watch {
    uint64_t id, address;
    uint32_t length;
    uint8_t kind;
    bool changed; /* set by watch_collect, watch_loaded and watch_stored: it counts now */
};

extern struct watch watches[MAX_WATCHES];
extern int watch_count;

/* An error text or NULL. */
const char *watch_add(uint64_t id, uint64_t address, uint64_t length, enum watch_kind kind);
void watch_clear(void);
/* From now on translated code compares no pieces itself: for ranges that are often replaced. Until it is called with false. */
void watch_replace_often(bool often);
/* True if the byte there can be read. */
bool watch_readable(uint64_t address);

/* Points the pieces at their memory, or at nothing where there is none, and takes the values there as the old ones. At the beginning of a run (`fresh`), and after
 * the program's mappings changed: then pieces that stay mapped keep their old values. */
void watch_bind(bool fresh);

/* True if some piece is not what it was. */
bool watch_changed(void);
/* Marks the watches that have changed, and takes the new values. False: none. */
bool watch_collect(void);
/* The next watch_collect looks only where a store at `address` can have changed something; and the place is known to watch_stored, until watch_widen. */
void watch_narrow(uint64_t address);
void watch_widen(void);

/* Marks the watches of every access that an instruction has read, or stored to. False: none. */
bool watch_loaded(uint64_t address, uint64_t length);
bool watch_stored(uint64_t length);

#endif
