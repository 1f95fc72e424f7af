#include "far.h"

#include <string.h>

enum { REACH_MARGIN = 1024, ABSOLUTE_BYTES = 8, EXCHANGE_OPCODE = 0xC7 /* 0F C7: cmpxchg16b and its kin, which use rbx */ };

uint64_t far_address(const struct item *item)
{
    int32_t displacement;
    memcpy(&displacement, item->bytes + item->instruction.rip_at, sizeof displacement);
    return item->pc + item->instruction.length + (uint64_t)(int64_t)displacement;
}

bool far_reaches(const struct build *build, uint64_t address)
{
    int64_t distance = (int64_t)(address - (uint64_t)(uintptr_t)build->out.at);
    return distance < INT32_MAX - REACH_MARGIN && distance > INT32_MIN + REACH_MARGIN;
}

bool far_can_copy(const struct item *item)
{
    const struct instruction *i = &item->instruction;
    return i->encoding == ENCODING_LEGACY && (i->rex & 1) == 0 && !(i->map == 1 && i->opcode == EXCHANGE_OPCODE);
}

/* One that no instruction with an operand relative to rip uses without naming it, except those far_can_copy knows. The high bytes count as their registers. */
static int unused_register(const struct instruction *i) { return instruction_group(i) == RBX || instruction_group(i) == RBX + 4 ? RSI : RBX; }

void far_load_constant(struct emitter *out, int reg, uint64_t value)
{
    emit8(out, 0x48);
    emit8(out, 0xB8 | (unsigned)reg);
    emit64(out, value);
}

void far_copy(struct build *b, const struct item *item)
{
    const struct instruction *i = &item->instruction;
    struct emitter *out = &b->out;
    int reg = unused_register(i);
    unsigned behind = i->rip_at + sizeof(int32_t);
    emit_store(out, reg, FIELD(lent));
    far_load_constant(out, reg, far_address(item));
    emit_bytes(out, item->bytes, i->modrm_at);
    emit8(out, (i->modrm & 0x38u) | (unsigned)reg); /* [reg] */
    emit_bytes(out, item->bytes + behind, i->length - behind);
    emit_load(out, reg, FIELD(lent));
}

int far_borrowed(const uint8_t *start)
{
    for (int reg = RBX; reg <= RSI; reg += RSI - RBX) {
        uint8_t expected[ABSOLUTE_BYTES];
        struct emitter e = {expected};
        emit_store(&e, reg, FIELD(lent));
        if (memcmp(start, expected, sizeof expected) == 0) {
            return reg;
        }
    }
    return -1;
}
