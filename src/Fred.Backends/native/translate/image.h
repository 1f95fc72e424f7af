/* The program's executable memory: which addresses may be executed, and the bytes there as the program has them (without breakpoints of ours). */
#ifndef FRED_IMAGE_H
#define FRED_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAGE_BITS = 12 };

enum image_kind {
    IMAGE_NONE,    /* not executable: a jump there is a fault */
    IMAGE_TEXT,    /* of a file, and not writable */
    IMAGE_MADE,    /* made by the program: what is there may be something else at another time, and in another process */
    IMAGE_WRITABLE /* the same, and any instruction may change it */
};

/* What is at pc; copies up to `size` bytes from there to `bytes` (not beyond the mapping) and stores how many. */
enum image_kind image_read(uint64_t pc, uint8_t *bytes, size_t size, size_t *copied);

/* Which pages of made code this process may execute, and write, is in a table for translated code to look at: where the entry of an address is, and what is in it as long as
 * that stays so (0: it is no made code). Entries that are missing are filled in by image_tag. */
int32_t image_tag_place(uint64_t pc);
uint32_t image_tag(uint64_t pc);

/* The mappings in [start, start + length) are about to change: what is known of them is forgotten. True if a file's code was among them. */
bool image_change(uint64_t start, uint64_t length);
/* Something becomes executable. */
void image_grow(void);

/* Registers the byte that is really at `address`, where there is an int3 of ours, and forgets it again. False: the table is full. */
bool image_hide(uint64_t address, uint8_t original);
void image_unhide(uint64_t address);
/* Replaces, in a copy of memory from `address` on, the breakpoints and patches by what they hide. */
void image_restore(uint64_t address, uint8_t *bytes, size_t size);
/* The latter; defined by the rest of libfred. */
void host_restore_text(uint64_t address, uint8_t *bytes, size_t size);

#endif
