/* rdrand and its like in the text that a native head executes by itself: they trap, so that what they give can be recorded. */
#ifndef FRED_ENTROPY_H
#define FRED_ENTROPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Puts traps into text that has just been loaded. */
void entropy_install(uint64_t start, uint64_t end);

/* True if a trap of ours is there. */
bool entropy_is_trap(uint64_t address);

/* Puts back what the program knows, in a copy of its text. */
void entropy_restore_text(uint64_t address, uint8_t *bytes, size_t size);

/* Gives up the traps in a piece of text, which is about to change or to go. */
void entropy_remove(uint64_t address, uint64_t length);

#endif
