/* The program's executable memory: which addresses may be executed, and the bytes there as the program has them (without breakpoints of ours). */
#ifndef FRED_IMAGE_H
#define FRED_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum image_kind {
    IMAGE_NONE,    /* not executable: a jump there is a fault */
    IMAGE_TEXT,
    IMAGE_WRITABLE /* can be executed and written: code that may change under us */
};

/* What is at pc; copies up to `size` bytes from there to `bytes` (not beyond the mapping) and stores how many. */
enum image_kind image_read(uint64_t pc, uint8_t *bytes, size_t size, size_t *copied);

/* The bounds of the executable mapping that contains pc, as image_read found them. */
void image_bounds(uint64_t pc, uint64_t *start, uint64_t *end);

/* The mappings in [start, start + length) change: what is known of them is forgotten. */
void image_change(uint64_t start, uint64_t length);

/* Registers the byte that is really at `address`, where there is an int3 of ours, and forgets it again. False: the table is full. */
bool image_hide(uint64_t address, uint8_t original);
void image_unhide(uint64_t address);
/* Replaces, in a copy of memory from `address` on, the breakpoints and patches by what they hide. */
void image_restore(uint64_t address, uint8_t *bytes, size_t size);
/* The latter; defined by the rest of libfred. */
void host_restore_text(uint64_t address, uint8_t *bytes, size_t size);

#endif
