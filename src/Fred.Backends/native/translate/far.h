/* Operands relative to rip that are out of reach of the translation: those of a trace that goes from the executable into a library, or back. */
#ifndef FRED_FAR_H
#define FRED_FAR_H

#include "build.h"

/* The address that the operand relative to rip means. */
uint64_t far_address(const struct item *item);
/* True if a displacement in the next instructions of the translation reaches the address. */
bool far_reaches(const struct build *build, uint64_t address);
/* True if far_copy can be asked. */
bool far_can_copy(const struct item *item);
/* The instruction, with its address in a register that it does not use; the program's is kept in the context meanwhile. */
void far_copy(struct build *build, const struct item *item);
/* mov reg, value */
void far_load_constant(struct emitter *out, int reg, uint64_t value);

/* `start`: where an instruction's translation begins, which faulted. The register that far_copy had borrowed, whose value is in the context; -1: none. */
int far_borrowed(const uint8_t *start);

#endif
