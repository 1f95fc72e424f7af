/* Breakpoints of a head at full speed: int3 in the program's text, which everybody else goes on seeing as the program has it (image.h). */
#ifndef FRED_TRAPS_H
#define FRED_TRAPS_H

#include <stdbool.h>
#include <stdint.h>

/* Where the armed addresses are, unless some are there already. */
void traps_insert(void);

/* The program stands still for the controller, or is a copy: none in its memory. */
void traps_remove(void);

bool traps_has(uint64_t address);

#endif
