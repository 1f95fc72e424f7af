/* Expressions as gdb compiles them for a remote target: its "agent expressions" (gdb's manual, appendix F), without what records traces. A stack machine over 64-bit
 * numbers; every branch leads forwards, so every expression ends. Numbers that gdb's compiler does not know, those with floating point, have operations of our own. */
#ifndef FRED_BYTECODE_H
#define FRED_BYTECODE_H

#include <stdbool.h>
#include <stdint.h>

enum { BYTECODE_REGISTERS = 17, MAX_BYTECODE = 4096 }; /* in gdb's order: rax rbx rcx rdx rsi rdi rbp rsp r8-r15 rip */

struct bytecode {
    const uint8_t *code;
    unsigned length;
};

/* Reads `size` bytes of the program's memory. False: they are not there. */
typedef bool bytecode_read(uint64_t address, void *to, unsigned size);

/* False: it has no value (unreadable memory, a division by zero), or is none of these expressions. */
bool bytecode_run(struct bytecode expression, const uint64_t registers[BYTECODE_REGISTERS], bytecode_read *read, uint64_t *value);

#endif
