/* System calls of a head at full speed without a trap: at load time a jump to a stub takes the place of those that sites.h finds. Everybody else goes on seeing the text
 * as the program has it (image.h); the others trap (Syscall User Dispatch). */
#ifndef FRED_PATCH_H
#define FRED_PATCH_H

#include <stdint.h>

/* Patches the executable files that are mapped now. */
void patch_install(void);

/* Gives [address, address + length) back what the program has there, for good: it is about to be written to, or to go away. */
void patch_remove(uint64_t address, uint64_t length);
/* How many have been. */
extern unsigned patch_removals;

/* Where to go on natively for the program to go on at pc, which may be in the middle of a jump of ours. */
uint64_t patch_entry(uint64_t pc);
/* Where the program is that was interrupted at `host`, which may be in a stub. */
uint64_t patch_address(uint64_t host);

#endif
