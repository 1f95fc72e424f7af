/* DMTCP in the process of a native program: in a namespace of the dynamic linker of its own, with a C library of its own. So nothing of it lies in the way of the program, whose
 * instructions are counted: not one of its functions is DMTCP's. */
#ifndef FRED_FOREIGN_H
#define FRED_FOREIGN_H

#include <stdbool.h>
#include <stdint.h>

/* In the constructor, before anything else: loads DMTCP if the session wants images (FRED_IMAGES; its value is the file for DMTCP's messages). False: this is DMTCP's own launcher, where there is nothing to do. */
bool foreign_begin(void);
/* Why there is none although it is wanted; NULL. */
const char *foreign_problem(void);
/* Its descriptors are out of the program's reach from now on. */
void foreign_keep_descriptors(void);

/* False: the process has too many mappings to tell DMTCP's from the program's. */
bool foreign_is_told_apart(void);

/* Around a call of DMTCP by the program's stopped thread, which is what DMTCP takes it for: the first one. */
void foreign_enter(void);
void foreign_leave(void);
/* In the process that goes on: DMTCP's threads have come to rest. They make system calls at places that the program's native head has changed, and which are for its thread only. */
void foreign_settle(void);

/* Its memory: is an address in it; and the end of the stretch from there on, up to `limit`, that is its or not. */
bool foreign_owns(uint64_t address);
uint64_t foreign_stretch(uint64_t address, uint64_t limit);

#endif
