/* Transfers of control in the middle of a trace. Where they led once, the trace goes on; a direct one is nothing then, or a way out for the other case. An indirect one is compared with where it led without
 * the flags, whose state there nobody knows: the difference is zero, or not. What a trace has counted too much is given back on the way out. */
#include <string.h>

#include "build.h"
#include "far.h"

bool flow_followed(const struct item *item, uint64_t next)
{
    const struct instruction *i = &item->instruction;
    uint64_t behind = item->pc + i->length;
    switch (item->flow) {
    case FLOW_NEXT: return next == behind;
    case FLOW_CONDITION: return next == behind || next == instruction_target(i, item->bytes, item->pc);
    case FLOW_JUMP: case FLOW_CALL: return next == instruction_target(i, item->bytes, item->pc);
    case FLOW_RETURN: case FLOW_JUMP_INDIRECT: case FLOW_CALL_INDIRECT: return true;
    default: return false;
    }
}

static void through_condition(struct build *b, const struct item *item, uint64_t next, uint32_t early)
{
    const struct instruction *i = &item->instruction;
    uint64_t behind = item->pc + i->length, target = instruction_target(i, item->bytes, item->pc);
    if (behind == target) {
        return;
    }
    int condition = i->opcode & 15;
    uint8_t *from = emit_branch(&b->out, next == behind ? condition : condition ^ 1);
    struct stub *stub = build_stub(b, from, EXIT_DIRECT, next == behind ? target : behind);
    stub->linkable = true;
    stub->early = early;
}

/* The target is in rcx. Leaves, to where the instruction is executed as if it were the last one, unless it is `next`. */
static void unless_it_is(struct build *b, const struct item *item, uint64_t next, uint32_t early)
{
    struct emitter *out = &b->out;
    bool small = next < 0x80000000;
    if (small) {
        emit_add_constant(out, RCX, -(int32_t)next);
    } else {
        emit_store(out, RDX, FIELD(rdx));
        far_load_constant(out, RDX, 0 - next);
        emit_add_rdx_to_rcx(out);
    }
    struct stub *stub = build_stub(b, emit_jump_unless_rcx_zero(out), EXIT_INDIRECT, 0);
    stub->instead = item;
    stub->early = early;
    stub->borrowed = small ? 1 : 2;
    emit_load(out, RCX, FIELD(rcx));
    if (!small) {
        emit_load(out, RDX, FIELD(rdx));
    }
}

static void through_return(struct build *b, const struct item *item, uint64_t next, uint32_t early)
{
    struct emitter *out = &b->out;
    uint16_t bytes = 0;
    if (item->instruction.immediate_size == 2) {
        memcpy(&bytes, item->bytes + item->instruction.immediate_at, sizeof bytes);
    }
    emit_store(out, RCX, FIELD(rcx));
    emit_bytes(out, (const uint8_t[]){0x48, 0x8B, 0x0C, 0x24}, 4); /* mov rcx, [rsp] */
    unless_it_is(b, item, next, early);
    emit_bytes(out, (const uint8_t[]){0x48, 0x8D, 0xA4, 0x24}, 4); /* lea rsp, [rsp + 8 + bytes] */
    emit32(out, (uint32_t)sizeof next + bytes);
}

static void through_indirect(struct build *b, const struct item *item, uint64_t next, uint32_t early)
{
    emit_store(&b->out, RCX, FIELD(rcx));
    build_load_operand(b, item);
    unless_it_is(b, item, next, early);
    if (item->flow == FLOW_CALL_INDIRECT) {
        build_push(b, item->pc + item->instruction.length);
    }
}

void build_through(struct build *b, const struct item *item)
{
    uint64_t next = item[1].pc;
    uint32_t early = b->count - 1 - (uint32_t)(item - b->items);
    switch (item->flow) {
    case FLOW_CONDITION: through_condition(b, item, next, early); break;
    case FLOW_CALL: build_push(b, item->pc + item->instruction.length); break;
    case FLOW_RETURN: through_return(b, item, next, early); break;
    case FLOW_JUMP_INDIRECT: case FLOW_CALL_INDIRECT: through_indirect(b, item, next, early); break;
    default: break; /* a jump leads to what comes next */
    }
}
