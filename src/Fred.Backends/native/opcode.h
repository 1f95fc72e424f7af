/* A tick as one instruction of the interpreter, see opcode.c. */
#ifndef FRED_OPCODE_H
#define FRED_OPCODE_H

#include <stdint.h>

struct probe;

/* A probe's `flags` have changed: where it is one instruction, that instruction follows. */
void opcode_follow(const struct probe *probe);

/* Sets `flags` of a probe. */
void opcode_set_flags(struct probe *probe, uint32_t flags);

#endif
