/* Writing machine code: only the few instructions that translations add. Those marked with * leave the flags alone. */
#ifndef FRED_EMIT_H
#define FRED_EMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "context.h"

struct emitter {
    uint8_t *at;
};

static inline void emit8(struct emitter *e, unsigned value) { *e->at++ = (uint8_t)value; }

static inline void emit32(struct emitter *e, uint32_t value)
{
    memcpy(e->at, &value, sizeof value);
    e->at += sizeof value;
}

static inline void emit64(struct emitter *e, uint64_t value)
{
    memcpy(e->at, &value, sizeof value);
    e->at += sizeof value;
}

static inline void emit_bytes(struct emitter *e, const uint8_t *bytes, size_t count)
{
    memcpy(e->at, bytes, count);
    e->at += count;
}

/* REX.W opcode reg, [absolute displacement] */
static inline void emit_absolute(struct emitter *e, unsigned opcode, int reg, int32_t displacement)
{
    emit8(e, 0x48 | (unsigned)(reg >> 3) << 2);
    emit8(e, opcode);
    emit8(e, 0x04 | (unsigned)(reg & 7) << 3);
    emit8(e, 0x25);
    emit32(e, (uint32_t)displacement);
}

/* * mov [field], reg and mov reg, [field]; cmp reg, [field] */
static inline void emit_store(struct emitter *e, int reg, int32_t field) { emit_absolute(e, 0x89, reg, field); }
static inline void emit_load(struct emitter *e, int reg, int32_t field) { emit_absolute(e, 0x8B, reg, field); }
static inline void emit_compare(struct emitter *e, int reg, int32_t field) { emit_absolute(e, 0x3B, reg, field); }

/* * lea reg, [reg + displacement], for rcx and rdx only */
static inline void emit_add_constant(struct emitter *e, int reg, int32_t value)
{
    emit8(e, 0x48);
    emit8(e, 0x8D);
    emit8(e, 0x80 | (unsigned)reg << 3 | (unsigned)reg);
    emit32(e, (uint32_t)value);
}

/* What is left of the run is counted down by every block, and is addressed by [eip + displacement] (0x67): the context is below 4 GiB, so that reaches it from anywhere. A processor may keep
 * what it has stored so for the next load, and does not for an operand without a register; with that, a block's count takes one cycle instead of eight. Stores to
 * two fields in turn would be too much for it, so only this one is addressed so. */
enum { LEFT_BYTES = 8 };

/* `next`: where the next instruction is going to be. */
static inline void emit_left(struct emitter *e, unsigned opcode, unsigned reg, const uint8_t *next)
{
    emit_bytes(e, (const uint8_t[]){0x67, 0x48, (uint8_t)opcode, (uint8_t)(0x05 | reg << 3)}, 4);
    emit32(e, (uint32_t)FIELD(left) - (uint32_t)(uintptr_t)next);
}

/* * mov rcx, [left]; * mov [left], rcx; and, which changes the flags, sub qword [left], count */
static inline void emit_load_left(struct emitter *e) { emit_left(e, 0x8B, RCX, e->at + LEFT_BYTES); }
static inline void emit_store_left(struct emitter *e) { emit_left(e, 0x89, RCX, e->at + LEFT_BYTES); }

static inline void emit_count_down(struct emitter *e, unsigned count)
{
    emit_left(e, 0x83, 5, e->at + LEFT_BYTES + 1);
    emit8(e, count);
}

/* The contrary. * If it must: it borrows rcx. */
static inline void emit_give_back(struct emitter *e, unsigned count, bool free_flags)
{
    if (free_flags) {
        emit_left(e, 0x83, 0, e->at + LEFT_BYTES + 1);
        emit8(e, count);
        return;
    }
    emit_store(e, RCX, FIELD(rcx));
    emit_load_left(e);
    emit_add_constant(e, RCX, (int32_t)count);
    emit_store_left(e);
    emit_load(e, RCX, FIELD(rcx));
}

/* True if the instruction at `at` is that load, or that store. */
static inline bool emit_is_left(const uint8_t *at, bool store)
{
    uint8_t expected[LEFT_BYTES];
    struct emitter e = {expected};
    emit_left(&e, store ? 0x89 : 0x8B, RCX, at + LEFT_BYTES);
    return memcmp(at, expected, sizeof expected) == 0;
}

/* * lea rcx, [rcx + rdx] */
static inline void emit_add_rdx_to_rcx(struct emitter *e) { emit_bytes(e, (const uint8_t[]){0x48, 0x8D, 0x0C, 0x11}, 4); }

/* * rcx = its most significant byte: 0 for a number that is not negative (and below 2^56) */
static inline void emit_sign_of_rcx(struct emitter *e)
{
    emit_bytes(e, (const uint8_t[]){0x48, 0x0F, 0xC9, 0x0F, 0xB6, 0xC9}, 6); /* bswap rcx; movzx ecx, cl */
}

/* * mov dword [field], value */
static inline void emit_store_constant(struct emitter *e, int32_t field, uint32_t value)
{
    emit_bytes(e, (const uint8_t[]){0xC7, 0x04, 0x25}, 3);
    emit32(e, (uint32_t)field);
    emit32(e, value);
}

/* * jmp [field] */
static inline void emit_jump_through(struct emitter *e, int32_t field)
{
    emit_bytes(e, (const uint8_t[]){0xFF, 0x24, 0x25}, 3);
    emit32(e, (uint32_t)field);
}

/* Points the 32-bit displacement at `field` to `target`. One aligned-enough store: another process may be executing it (see link_slot). */
static inline void emit_point(uint8_t *field, const uint8_t *target)
{
    int32_t distance = (int32_t)(target - (field + 4));
    memcpy(field, &distance, sizeof distance);
}

/* * jmp rel32, or jcc rel32 with the condition code 0-15; returns its displacement field, which does not cross a cache line. */
static inline uint8_t *emit_branch(struct emitter *e, int condition)
{
    int opcode_bytes = condition < 0 ? 1 : 2;
    while (((uintptr_t)(e->at + opcode_bytes) & 63) > 60) {
        emit8(e, 0x90);
    }
    if (condition < 0) {
        emit8(e, 0xE9);
    } else {
        emit8(e, 0x0F);
        emit8(e, 0x80 | (unsigned)condition);
    }
    emit32(e, 0);
    return e->at - 4;
}

enum { ALWAYS = -1, CONDITION_OVERFLOW = 0, CONDITION_NOT_EQUAL = 5, CONDITION_SIGN = 8 };

/* * jrcxz over the next `bytes` bytes */
static inline void emit_skip_if_rcx_zero(struct emitter *e, int bytes)
{
    emit8(e, 0xE3);
    emit8(e, (unsigned)bytes);
}

/* * A jump that is taken unless rcx is zero; returns its displacement field. The padding of emit_branch would upset the distance, so there is none. */
static inline uint8_t *emit_jump_unless_rcx_zero(struct emitter *e)
{
    emit_skip_if_rcx_zero(e, 5);
    emit8(e, 0xE9);
    emit32(e, 0);
    return e->at - 4;
}

/* Saves the flags in the context and frees rax; the counterpart restores both. */
static inline void emit_save_flags(struct emitter *e)
{
    emit_store(e, RAX, FIELD(rax));
    emit_bytes(e, (const uint8_t[]){0x9F, 0x0F, 0x90, 0xC0}, 4); /* lahf; seto al */
    emit_store(e, RAX, FIELD(flags));
    emit_load(e, RAX, FIELD(rax));
}

static inline void emit_restore_flags(struct emitter *e)
{
    emit_store(e, RAX, FIELD(rax));
    emit_load(e, RAX, FIELD(flags));
    emit_bytes(e, (const uint8_t[]){0x04, 0x7F, 0x9E}, 3); /* add al, 127; sahf */
    emit_load(e, RAX, FIELD(rax));
}

#endif
