/* What an instruction does, as far as the translator must know: where control goes, what becomes of the arithmetic flags, and whether it may write memory. */
#ifndef FRED_PROPERTIES_H
#define FRED_PROPERTIES_H

#include "decoder.h"

enum flow {
    FLOW_NEXT,          /* goes on behind itself */
    FLOW_CONDITION,     /* jcc */
    FLOW_COUNT,         /* loop, loope, loopne, jrcxz */
    FLOW_JUMP,
    FLOW_CALL,
    FLOW_RETURN,
    FLOW_JUMP_INDIRECT,
    FLOW_CALL_INDIRECT,
    FLOW_SYSCALL,
    FLOW_ENVIRONMENT,   /* its result comes from outside: rdtsc, rdtscp, rdrand, rdseed, cpuid */
    FLOW_TRAP,          /* always or mostly ends in a signal: int3, ud2, hlt, privileged ones */
    FLOW_STEP,          /* what it does is known only to the processor: branches with an operand size, the beginning of a transaction */
    FLOW_UNSUPPORTED    /* far transfers, 32-bit system calls */
};

enum flow instruction_flow(const struct instruction *instruction);

/* The target of a direct branch at address `pc` whose bytes are at `bytes`. */
uint64_t instruction_target(const struct instruction *instruction, const uint8_t *bytes, uint64_t pc);

enum flags_effect {
    FLAGS_UNTOUCHED,
    FLAGS_NEEDED,   /* reads some, or writes only some of them: they must be right before it */
    FLAGS_KILLED    /* writes all six arithmetic flags and reads none */
};

enum flags_effect instruction_flags(const struct instruction *instruction);

/* True for a string instruction with a repeat prefix, which the kernel may interrupt between two repetitions. */
bool instruction_repeats(const struct instruction *instruction);

/* False only if the instruction certainly writes no memory. */
bool instruction_may_store(const struct instruction *instruction);

#endif
