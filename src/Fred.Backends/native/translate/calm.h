/* Most stores go to the stack, and most of what is watched is elsewhere. Where nothing is watched near the stack pointer and the frame pointer, stores relative to them need
 * no look: that is checked once for a block, by a table with a byte for every 16 megabytes of memory (by bits 24 to 39 of the address), not zero where watched memory is near.
 * Should a check fail, it is over with that for the rest of the run. */
#ifndef FRED_CALM_H
#define FRED_CALM_H

#include <stdbool.h>
#include <stdint.h>

struct build;

/* What a block relies on: nothing is watched near rsp, or near rbp. */
enum { CALM_STACK = 1, CALM_FRAME = 2 };

void calm_mark(uint64_t address, uint64_t length);
void calm_clear(void);

/* At the beginning of a run; in its midst, when what is watched has changed; and when a check has failed. */
void calm_begin(void);
void calm_look(void);
void calm_give_up(void);
/* True if translations may rely on it. */
bool calm_holds(void);
/* True if nothing is watched near the present rsp and rbp. */
bool calm_here(void);

/* Decides which instructions of the block store where no look is needed, and emits the check at its beginning. */
void calm_check(struct build *build);

#endif
