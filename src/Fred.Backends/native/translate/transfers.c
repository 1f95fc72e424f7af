/* Emitting what an instruction becomes: a copy, or a way to its target that leaves no trace. */
#include <string.h>

#include "build.h"
#include "far.h"
#include "regions.h"

struct stub *build_stub(struct build *b, uint8_t *from, enum exit_kind kind, uint64_t target)
{
    struct stub *stub = &b->stubs[b->stub_count++];
    *stub = (struct stub){.from = from, .target = target, .kind = (uint8_t)kind};
    return stub;
}

/* A jump that leads behind itself, and anywhere once the word is changed that is returned. */
static uint8_t *emit_far_branch(struct emitter *out)
{
    while (((uintptr_t)out->at & 7) != 2) {
        emit8(out, 0x90);
    }
    emit_bytes(out, (const uint8_t[]){0xFF, 0x25}, 2); /* jmp [rip] */
    emit32(out, 0);
    uint8_t *word = out->at;
    emit64(out, (uint64_t)(uintptr_t)(word + sizeof(uint64_t)));
    return word;
}

/* Lets the displacement lead to the target's block, if there is one and it can. */
static bool leads_to_block(struct build *b, uint8_t *from, uint64_t target)
{
    struct block *block = b->once ? NULL : cache_find(b->cache, target);
    if (block == NULL) {
        return false;
    }
    const uint8_t *entry = block_entry(block, b->kept);
    int64_t distance = entry - (from + 4);
    if (distance != (int32_t)distance) {
        return false;
    }
    emit_point(from, entry);
    return true;
}

/* What leads to the target's block, or can be made to by cache_link, with everything given back; NULL: nothing. True: it leads there already, and there is nothing to tell. */
static bool emit_link(struct build *b, const struct stub *stub, bool far, uint8_t **link)
{
    struct emitter *out = &b->out;
    *link = stub->linkable ? stub->from : NULL;
    if (far) {
        *link = emit_far_branch(out);
    } else if (stub->early > 0 || stub->kind == EXIT_STALE) {
        *link = emit_branch(out, ALWAYS);
        if (stub->kind != EXIT_STALE && leads_to_block(b, *link, stub->target)) {
            return true;
        }
        emit_point(*link, out->at);
    }
    return false;
}

static void give_back(struct build *b, const struct stub *stub)
{
    bool exact = stub->instead != NULL || (b->instrumented && instrumentation.exact_flags);
    if (stub->borrowed > 0) {
        emit_load(&b->out, RCX, FIELD(rcx));
    }
    if (stub->borrowed > 1) {
        emit_load(&b->out, RDX, FIELD(rdx));
    }
    if (stub->early > 0) {
        emit_give_back(&b->out, stub->early, !exact && flags_are_dead(stub->target));
    }
}

static void emit_record(struct build *b, const struct stub *stub, bool far, uint8_t *link)
{
    struct emitter *out = &b->out;
    emit_store(out, RAX, CONTEXT_ADDRESS);
    emit_bytes(out, (const uint8_t[]){0x48, 0x8D, 0x05}, 3); /* lea rax, [rip + record] */
    emit32(out, 0);
    uint8_t *displacement = out->at - 4;
    emit_jump_through(out, FIELD(exit));
    out->at = (uint8_t *)(((uintptr_t)out->at + 7) & ~(uintptr_t)7);
    emit_point(displacement, out->at);
    struct exit_record record = {stub->target, link, stub->resume, stub->source, stub->kind, far, stub->kind == EXIT_STALE ? 0 : b->kept, stub->adjust};
    emit_bytes(out, (const uint8_t *)&record, sizeof record);
}

void build_emit_stub(struct build *b, const struct stub *stub)
{
    bool far = stub->kind == EXIT_DIRECT && stub->linkable && region_near(stub->target) != region_near(b->pc);
    uint8_t *link;
    if (stub->from != NULL) {
        emit_point(stub->from, b->out.at);
    }
    if (stub->kind == NO_EXIT) {
        emit64(&b->out, stub->target);
        return;
    }
    give_back(b, stub);
    if (stub->instead != NULL) {
        build_last(b, stub->instead);
    } else if (!emit_link(b, stub, far, &link)) {
        emit_record(b, stub, far, link);
    }
}

/* A branch to another block: straight there if it exists, else through a stub that will be linked. */
static void emit_transfer(struct build *b, int condition, uint64_t target)
{
    uint8_t *from = emit_branch(&b->out, condition);
    if (!leads_to_block(b, from, target)) {
        build_stub(b, from, EXIT_DIRECT, target)->linkable = !b->once;
    }
}

/* ---- single instructions ---- */

void build_exit(struct build *b, enum exit_kind kind, uint64_t target, uint32_t adjust)
{
    build_stub(b, emit_branch(&b->out, ALWAYS), kind, target)->adjust = adjust;
}

void build_copy(struct build *b, const struct item *item)
{
    if (item->instruction.rip_at == 0) {
        emit_bytes(&b->out, item->bytes, item->instruction.length);
    } else if (far_reaches(b, far_address(item))) {
        uint8_t *start = b->out.at;
        emit_bytes(&b->out, item->bytes, item->instruction.length);
        int32_t displacement = (int32_t)(far_address(item) - (uint64_t)(uintptr_t)b->out.at);
        memcpy(start + item->instruction.rip_at, &displacement, sizeof displacement);
    } else if (far_can_copy(item)) {
        far_copy(b, item);
    } else {
        build_exit(b, EXIT_STEP, item->pc, (uint32_t)(b->count - 1 - (unsigned)(item - b->items)));
    }
}

void build_push(struct build *b, uint64_t value)
{
    struct emitter *out = &b->out;
    if (value < 0x80000000) {
        emit8(out, 0x68);
        emit32(out, (uint32_t)value);
        return;
    }
    emit8(out, 0xFF); /* push [rip + literal] */
    emit8(out, 0x35);
    emit32(out, 0);
    build_stub(b, out->at - 4, NO_EXIT, value);
}

/* The target is in rcx, the program's rcx in the context. The table leads to a block that checks whether it is the one, or to enter_miss. A block that is executed once
 * leads to no other block, which might not keep the flags. */
static void emit_indirect_jump(struct build *b)
{
    struct emitter *out = &b->out;
    emit_store(out, RDX, FIELD(rdx));
    emit_bytes(out, (const uint8_t[]){0x0F, 0xB7, 0xD1}, 3);       /* movzx edx, cx */
    if (b->once) {
        emit_jump_through(out, FIELD(miss));
        return;
    }
    emit_bytes(out, (const uint8_t[]){0xFF, 0x24, 0xD5}, 3);       /* jmp [rdx * 8 + table] */
    emit32(out, (uint32_t)cache_table(b->cache));
}

void build_load_operand(struct build *b, const struct item *item)
{
    const struct instruction *i = &item->instruction;
    struct emitter *out = &b->out;
    if (i->segment != 0) {
        emit8(out, i->segment);
    }
    if (i->address32) {
        emit8(out, 0x67);
    }
    if (i->rip_at != 0 && !far_reaches(b, far_address(item))) {
        far_load_constant(out, RCX, far_address(item));
        emit_bytes(out, (const uint8_t[]){0x48, 0x8B, 0x09}, 3); /* mov rcx, [rcx] */
        return;
    }
    emit8(out, 0x48 | (i->rex & 3));
    emit8(out, 0x8B);
    emit8(out, (i->modrm & 0xC7) | RCX << 3);
    if (i->rip_at != 0) {
        emit32(out, (uint32_t)(far_address(item) - (uint64_t)(uintptr_t)(out->at + 4)));
    } else {
        emit_bytes(out, item->bytes + i->modrm_at + 1, (size_t)(i->length - i->modrm_at - 1));
    }
}

static void emit_call(struct build *b, const struct item *item)
{
    uint64_t next = item->pc + item->instruction.length;
    bool indirect = item->flow == FLOW_CALL_INDIRECT;
    if (indirect) {
        emit_store(&b->out, RCX, FIELD(rcx));
        build_load_operand(b, item);
    }
    build_push(b, next);
    if (indirect) {
        instrument_last_pc(b, item->pc);
        if (b->instrumented && instrumentation.lines) {
            emit_store(&b->out, RCX, FIELD(jump)); /* the counter borrows rcx, too */
            emit_load(&b->out, RCX, FIELD(line_depth));
            emit_add_constant(&b->out, RCX, 1);
            emit_store(&b->out, RCX, FIELD(line_depth));
            emit_load(&b->out, RCX, FIELD(jump));
        }
        emit_indirect_jump(b);
    } else {
        uint64_t target = instruction_target(&item->instruction, item->bytes, item->pc);
        instrument_depth(b, 1);
        instrument_push(b, item->pc, target, b->count);
        emit_transfer(b, ALWAYS, target);
    }
}

static void emit_return(struct build *b, const struct item *item)
{
    struct emitter *out = &b->out;
    instrument_depth(b, -1);
    emit_store(out, RCX, FIELD(rcx));
    emit8(out, 0x59); /* pop rcx */
    if (item->instruction.immediate_size == 2) {
        uint16_t bytes;
        memcpy(&bytes, item->bytes + item->instruction.immediate_at, sizeof bytes);
        emit_bytes(out, (const uint8_t[]){0x48, 0x8D, 0xA4, 0x24}, 4); /* lea rsp, [rsp + bytes] */
        emit32(out, bytes);
    }
    emit_indirect_jump(b);
}

/* loop and jrcxz have short distances only. */
static void emit_counted_branch(struct build *b, const struct item *item, uint64_t target, uint64_t next)
{
    struct emitter *out = &b->out;
    emit_bytes(out, item->bytes, item->instruction.immediate_at);
    uint8_t *distance = out->at;
    emit8(out, 0);
    emit_transfer(b, ALWAYS, next);
    *distance = (uint8_t)(out->at - (distance + 1));
    emit_transfer(b, ALWAYS, target);
}

/* The last instruction of a block. */
void build_last(struct build *b, const struct item *item)
{
    const struct instruction *i = &item->instruction;
    uint64_t next = item->pc + i->length, target = instruction_target(i, item->bytes, item->pc);
    switch (item->flow) {
    case FLOW_CONDITION:
        emit_transfer(b, i->opcode & 15, target);
        emit_transfer(b, ALWAYS, next);
        break;
    case FLOW_COUNT: emit_counted_branch(b, item, target, next); break;
    case FLOW_JUMP: emit_transfer(b, ALWAYS, target); break;
    case FLOW_CALL: case FLOW_CALL_INDIRECT: emit_call(b, item); break;
    case FLOW_RETURN: emit_return(b, item); break;
    case FLOW_JUMP_INDIRECT:
        emit_store(&b->out, RCX, FIELD(rcx));
        build_load_operand(b, item);
        emit_indirect_jump(b);
        break;
    case FLOW_SYSCALL:
        instrument_last_pc(b, item->pc);
        build_exit(b, EXIT_SYSCALL, next, 0);
        break;
    case FLOW_ENVIRONMENT: build_exit(b, EXIT_ENVIRONMENT, item->pc, 0); break;
    case FLOW_STEP: build_exit(b, EXIT_STEP, item->pc, 0); break;
    default: /* FLOW_TRAP faults here, as it would there; if it does not, it goes on */
        build_copy(b, item);
        instrument_after(b, item, b->count);
        emit_transfer(b, ALWAYS, next);
        break;
    }
}
