/* What a run has seen of its predicate, and what is said of it (docs/agent-protocol.md, section 5.7). */
#ifndef FRED_SEEN_H
#define FRED_SEEN_H

#include <stdbool.h>

enum truth { BAD, GOOD, NONE, LOST };

/* At the beginning of a run. */
void seen_begin(void);
/* The predicate's value at the present tick. True if the run is over. */
bool seen_note(enum truth truth);
/* At a stop. */
void seen_finish(void);

#endif
