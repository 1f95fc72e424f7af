/* Line events: a ring in a file, filled by translated code (docs/agent-protocol.md, section 5.5). */
#ifndef FRED_LINELOG_H
#define FRED_LINELOG_H

#include <stdbool.h>
#include <stdint.h>

#define LINE_RING_ADDRESS 0x70400000

enum { LINE_HEADER_BYTES = 4096, LINE_EVENTS = 65536 };

struct line_event {
    uint64_t tick; /* while it runs: instructions left until the goal */
    uint64_t pc, sp;
    int32_t depth;
    uint32_t thread;
};

/* Whose events come next. */
extern unsigned linelog_thread;

/* Takes over the list of instructions that begin a line; NULL or "" for none. An error text or NULL. */
const char *linelog_set_lines(const char *path);
/* Maps the ring. An error text or NULL. */
const char *linelog_open(const char *path);
bool linelog_ready(void);

bool linelog_is_line(uint64_t pc);

/* Begins at event 0. */
void linelog_begin(uint64_t sp_limit);
/* Completes the events since the last call; `goal` is the tick at which nothing would be left. Before the goal moves, and at stops. */
void linelog_settle(uint64_t goal);

#endif
