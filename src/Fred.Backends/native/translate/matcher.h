/* Is this process in the same state as another, stopped one? Registers first, a few words of memory that have told false candidates apart, then everything. */
#ifndef FRED_MATCHER_H
#define FRED_MATCHER_H

#include <stdbool.h>
#include <stdint.h>

/* The state to find: the process and its registers, in the context's order, with its pc. */
void matcher_set(int pid, const uint64_t registers[16], uint64_t pc);
bool matcher_ready(void);
/* At the beginning of a run: forgets the discriminators and counts of an earlier one, and lists the memory to compare. */
void matcher_begin(void);

/* True if pc, registers and discriminators are right. */
bool matcher_is_candidate(void);
/* Compares all writable memory. A difference becomes a discriminator. */
bool matcher_compare(void);

/* True for memory that is Fred's, not the program's; defined by the rest of libfred. */
bool host_owns(uint64_t address);
/* The end of the stretch from there on, up to `limit`, all of which is Fred's, or is not. */
uint64_t host_stretch(uint64_t address, uint64_t limit);

uint64_t matcher_pc(void);
/* True for a register whose value says nothing: before a system call, those that it overwrites (a native head has lost them there). */
bool matcher_ignores(int reg);
/* Candidates, full comparisons, and the address of the last difference (0: none). */
extern uint64_t matcher_candidates, matcher_comparisons, matcher_difference;

#endif
