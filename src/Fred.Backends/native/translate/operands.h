/* The memory that an instruction reads and writes. What cannot be told from its encoding is said to be anywhere: then everything has to be looked at. */
#ifndef FRED_OPERANDS_H
#define FRED_OPERANDS_H

#include "decoder.h"

enum place {
    PLACE_NONE,
    PLACE_OPERAND,     /* the one in modrm */
    PLACE_PUSH,        /* below the stack pointer */
    PLACE_SOURCE,      /* [rsi] */
    PLACE_DESTINATION, /* [rdi] */
    PLACE_ANYWHERE
};

/* Where it stores, and up to how many bytes (at most 64). Calls are pushes. */
enum place instruction_stores_at(const struct instruction *instruction, const uint8_t *bytes, unsigned *size);

/* Where it loads from, and up to how many bytes. What it takes off the stack (pop, ret, leave) does not count. */
enum place instruction_loads_from(const struct instruction *instruction, const uint8_t *bytes, unsigned *size);

/* Calls `visit` for what it is about to read, given the registers in the hardware's order, like instruction_loads_from. False: that cannot be told. */
bool instruction_reads(const struct instruction *instruction, const uint8_t *bytes, uint64_t pc, const uint64_t registers[16], uint64_t fs_base,
                       void (*visit)(uint64_t address, uint64_t length));

/* The extensions of index and base (bits 1 and 0) of the operand in modrm, wherever the encoding has them. */
unsigned instruction_extensions(const struct instruction *instruction, const uint8_t *bytes);

/* The factor of an 8-bit displacement; 0: not known. */
unsigned instruction_scale(const struct instruction *instruction, const uint8_t *bytes);

#endif
