/* The breakpoints armed in this process. They belong to the timeline (the C# side); a process only gets copies. */
#ifndef FRED_BREAKPOINTS_H
#define FRED_BREAKPOINTS_H

#include <stdbool.h>
#include <stdint.h>
#include "clock.h"

enum { MAX_BREAKPOINTS = 512 };

struct breakpoint {
    uint64_t id;
    const char *path;      /* interned */
    const char *condition; /* interned; "" for none */
    int32_t line;          /* as asked for */
    int32_t file;          /* -1 until the file is loaded */
    int32_t resolved_line; /* line of the statement it stops at; 0 while there is none */
    uint8_t marks;         /* enum fred_kinds: stops at every line event with this mark instead of at a line; 0 for a line */
    const char *function;  /* interned: stops at every call of a function of this name instead; NULL for none */
};

/* Forgets all. */
void breakpoints_clear(void);

/* Adds one for exceptions: FRED_RAISES stops before every statement that raises, FRED_HANDLES where an exception meets an `except`. */
bool breakpoints_add_marked(uint64_t id, uint8_t marks);

/* Adds one: on the statement that begins on `line`, else on the innermost statement that contains it. A file that is not loaded yet
 * is armed when it is. False: the table or the name arena is full. */
bool breakpoints_add(uint64_t id, const char *path, int32_t line, const char *condition);

/* Adds one for a function: at every call event of one of this name. With RUN_CALLS its returns, and all handlers, are looked at, too. */
bool breakpoints_add_function(uint64_t id, const char *function, const char *condition);

/* The function of the first breakpoint that has one, NULL for none. */
const char *breakpoints_function(void);

/* A file was (re)loaded: marks where its breakpoints stop and arms them. */
void breakpoints_file_done(int32_t file);

/* Breakpoints that stop at this probe's line event (or, for functions, its call event): the one after `previous` (NULL = first), or NULL. */
const struct breakpoint *breakpoints_at(const struct probe *probe, bool at_call, const struct breakpoint *previous);

#endif
