/* The hard part is leaving no trace: translated code has no register, no stack and no flags of its own. Counting is a subtraction from memory where the flags are
 * dead, and a longer sequence of mov, lea and jrcxz where they are not; indirect branches borrow rcx and rdx through the context. */
#include "translator.h"

#include <string.h>

#include "build.h"
#include "image.h"
#include "linelog.h"

enum { FLAGS_HORIZON = 24, JUMPS_FOLLOWED = 3, WATCHED_BLOCK = 8 }; /* many watched pieces make long translations */

struct instrumentation instrumentation;
const struct exit_record miss_record = {.kind = EXIT_INDIRECT};

static struct build build;

/* ---- what to translate ---- */

static bool fetch(uint64_t pc, struct item *item, enum exit_kind *fault)
{
    size_t available;
    enum image_kind kind = image_read(pc, item->bytes, MAX_INSTRUCTION, &available);
    *fault = kind == IMAGE_NONE ? EXIT_NO_CODE : EXIT_UNSUPPORTED;
    if (kind != IMAGE_TEXT || !decode(item->bytes, available, &item->instruction)) {
        return false;
    }
    item->pc = pc;
    item->flow = instruction_flow(&item->instruction);
    return item->flow != FLOW_UNSUPPORTED && !(item->instruction.rip_at != 0 && item->instruction.address32);
}

/* A block ends behind a transfer, before an armed address and at the limit. */
static void collect(unsigned limit)
{
    uint64_t pc = build.pc;
    for (build.count = 0; build.count < limit;) {
        struct item *item = &build.items[build.count];
        if (build.count > 0 && build.instrumented && (stops_at(pc) || instrumentation.match == pc)) {
            return;
        }
        if (!fetch(pc, item, &build.fault)) {
            return;
        }
        build.count++;
        pc += item->instruction.length;
        if (item->flow != FLOW_NEXT) {
            return;
        }
    }
}

/* True if the flags at pc are overwritten before anything reads them. A return or a jump through memory (a procedure linkage table) ends a function,
 * and no calling convention hands flags over. */
bool flags_are_dead(uint64_t pc)
{
    struct item item;
    enum exit_kind fault;
    int jumps = 0;
    for (int i = 0; i < FLAGS_HORIZON && fetch(pc, &item, &fault); i++) {
        enum flags_effect effect = instruction_flags(&item.instruction);
        if (item.flow == FLOW_RETURN || (item.flow == FLOW_JUMP_INDIRECT && item.instruction.rip_at != 0)) {
            return true;
        }
        if (item.flow == FLOW_JUMP || item.flow == FLOW_CALL) {
            if (++jumps > JUMPS_FOLLOWED) {
                return false;
            }
            pc = instruction_target(&item.instruction, item.bytes, pc);
            continue;
        }
        if (item.flow != FLOW_NEXT || effect == FLAGS_NEEDED) {
            return false;
        }
        if (effect == FLAGS_KILLED) {
            return true;
        }
        pc += item.instruction.length;
    }
    return false;
}

/* ---- ways out ---- */

struct stub *build_stub(struct build *b, uint8_t *from, enum exit_kind kind, uint64_t target)
{
    struct stub *stub = &b->stubs[b->stub_count++];
    *stub = (struct stub){.from = from, .target = target, .kind = (uint8_t)kind};
    return stub;
}

static void emit_stub(const struct stub *stub)
{
    struct emitter *out = &build.out;
    if (stub->from != NULL) {
        emit_point(stub->from, out->at);
    }
    if (stub->borrowed > 0) {
        emit_load(out, RCX, FIELD(rcx));
    }
    if (stub->borrowed > 1) {
        emit_load(out, RDX, FIELD(rdx));
    }
    emit_store(out, RAX, CONTEXT_ADDRESS);
    emit_bytes(out, (const uint8_t[]){0x48, 0x8D, 0x05}, 3); /* lea rax, [rip + record] */
    emit32(out, 0);
    uint8_t *displacement = out->at - 4;
    emit_jump_through(out, FIELD(exit));
    out->at = (uint8_t *)(((uintptr_t)out->at + 7) & ~(uintptr_t)7);
    emit_point(displacement, out->at);
    struct exit_record record = {stub->target, stub->linkable ? stub->from : NULL, stub->resume, stub->source, stub->kind, stub->adjust};
    emit_bytes(out, (const uint8_t *)&record, sizeof record);
}

/* A branch to another block: straight there if it exists, else through a stub that will be linked. */
static void emit_transfer(int condition, uint64_t target)
{
    uint8_t *from = emit_branch(&build.out, condition);
    struct block *block = build.once ? NULL : cache_find(build.cache, target);
    if (block != NULL) {
        int64_t distance = block->entry - (from + 4);
        if (distance == (int32_t)distance) {
            emit_point(from, block->entry);
            return;
        }
    }
    build_stub(&build, from, EXIT_DIRECT, target)->linkable = !build.once;
}

/* ---- counting ---- */

static void emit_count(void)
{
    struct emitter *out = &build.out;
    uint8_t *from, borrowed = 0;
    if (!(build.instrumented && instrumentation.exact_flags) && !build.once && flags_are_dead(build.pc)) {
        emit_bytes(out, (const uint8_t[]){0x48, 0x83, 0x2C, 0x25}, 4); /* sub qword [left], count */
        emit32(out, (uint32_t)FIELD(left));
        emit8(out, build.count);
        from = emit_branch(out, CONDITION_SIGN);
    } else {
        emit_store(out, RCX, FIELD(rcx));
        emit_load(out, RCX, FIELD(left));
        emit_add_constant(out, RCX, -(int32_t)build.count);
        emit_store(out, RCX, FIELD(left));
        emit_sign_of_rcx(out);
        from = emit_jump_unless_rcx_zero(out);
        emit_load(out, RCX, FIELD(rcx));
        borrowed = 1;
    }
    struct stub *stub = build_stub(&build, from, EXIT_TICK, build.pc);
    stub->adjust = build.count;
    stub->borrowed = borrowed;
}

/* ---- single instructions ---- */

static void emit_exit(enum exit_kind kind, uint64_t target, uint32_t adjust)
{
    build_stub(&build, emit_branch(&build.out, ALWAYS), kind, target)->adjust = adjust;
}

static void emit_copy(const struct item *item)
{
    uint8_t *start = build.out.at;
    emit_bytes(&build.out, item->bytes, item->instruction.length);
    if (item->instruction.rip_at != 0) {
        int32_t displacement;
        memcpy(&displacement, item->bytes + item->instruction.rip_at, sizeof displacement);
        uint64_t address = item->pc + item->instruction.length + (uint64_t)(int64_t)displacement;
        int64_t distance = (int64_t)(address - (uint64_t)(uintptr_t)build.out.at);
        displacement = (int32_t)distance;
        memcpy(start + item->instruction.rip_at, &displacement, sizeof displacement);
        if (displacement != distance) { /* data at the very edge of what the original could reach */
            build.out.at = start;
            emit_exit(EXIT_UNSUPPORTED, item->pc, (uint32_t)(build.count - (unsigned)(item - build.items)));
        }
    }
}

/* push of a return address. Returns the displacement of a literal that is still to be placed, or NULL. */
static uint8_t *emit_push(uint64_t value)
{
    struct emitter *out = &build.out;
    if (value < 0x80000000) {
        emit8(out, 0x68);
        emit32(out, (uint32_t)value);
        return NULL;
    }
    emit8(out, 0xFF); /* push [rip + literal] */
    emit8(out, 0x35);
    emit32(out, 0);
    return out->at - 4;
}

static void place_literal(uint8_t *displacement, uint64_t value)
{
    if (displacement != NULL) {
        emit_point(displacement, build.out.at);
        emit64(&build.out, value);
    }
}

/* The target is in rcx, the program's rcx in the context. The table leads to a block that checks whether it is the one, or to enter_miss. A block that is executed once
 * leads to no other block, which might not keep the flags. */
static void emit_indirect_jump(void)
{
    struct emitter *out = &build.out;
    emit_store(out, RDX, FIELD(rdx));
    emit_bytes(out, (const uint8_t[]){0x0F, 0xB7, 0xD1}, 3);       /* movzx edx, cx */
    if (build.once) {
        emit_jump_through(out, FIELD(miss));
        return;
    }
    emit_bytes(out, (const uint8_t[]){0xFF, 0x24, 0xD5}, 3);       /* jmp [rdx * 8 + table] */
    emit32(out, (uint32_t)cache_table(build.cache));
}

/* mov rcx, <the operand of an indirect branch> */
static void emit_load_operand(const struct item *item)
{
    const struct instruction *i = &item->instruction;
    struct emitter *out = &build.out;
    if (i->segment != 0) {
        emit8(out, i->segment);
    }
    if (i->address32) {
        emit8(out, 0x67);
    }
    emit8(out, 0x48 | (i->rex & 3));
    emit8(out, 0x8B);
    emit8(out, (i->modrm & 0xC7) | RCX << 3);
    if (i->rip_at != 0) {
        int32_t displacement;
        memcpy(&displacement, item->bytes + i->rip_at, sizeof displacement);
        uint64_t address = item->pc + i->length + (uint64_t)(int64_t)displacement;
        emit32(out, (uint32_t)(address - (uint64_t)(uintptr_t)(out->at + 4)));
    } else {
        emit_bytes(out, item->bytes + i->modrm_at + 1, (size_t)(i->length - i->modrm_at - 1));
    }
}

static void emit_call(const struct item *item)
{
    uint64_t next = item->pc + item->instruction.length;
    bool indirect = item->flow == FLOW_CALL_INDIRECT;
    if (indirect) {
        emit_store(&build.out, RCX, FIELD(rcx));
        emit_load_operand(item);
    }
    uint8_t *literal = emit_push(next);
    if (indirect) {
        instrument_last_pc(&build, item->pc);
        if (build.instrumented && instrumentation.lines) {
            emit_store(&build.out, RCX, FIELD(jump)); /* the counter borrows rcx, too */
            emit_load(&build.out, RCX, FIELD(line_depth));
            emit_add_constant(&build.out, RCX, 1);
            emit_store(&build.out, RCX, FIELD(line_depth));
            emit_load(&build.out, RCX, FIELD(jump));
        }
        emit_indirect_jump();
    } else {
        instrument_watch(&build, item->pc, next, build.count);
        instrument_depth(&build, 1);
        emit_transfer(ALWAYS, instruction_target(&item->instruction, item->bytes, item->pc));
    }
    place_literal(literal, next);
}

static void emit_return(const struct item *item)
{
    struct emitter *out = &build.out;
    instrument_depth(&build, -1);
    emit_store(out, RCX, FIELD(rcx));
    emit8(out, 0x59); /* pop rcx */
    if (item->instruction.immediate_size == 2) {
        uint16_t bytes;
        memcpy(&bytes, item->bytes + item->instruction.immediate_at, sizeof bytes);
        emit_bytes(out, (const uint8_t[]){0x48, 0x8D, 0xA4, 0x24}, 4); /* lea rsp, [rsp + bytes] */
        emit32(out, bytes);
    }
    emit_indirect_jump();
}

/* loop and jrcxz have short distances only. */
static void emit_counted_branch(const struct item *item, uint64_t target, uint64_t next)
{
    struct emitter *out = &build.out;
    emit_bytes(out, item->bytes, item->instruction.immediate_at);
    uint8_t *distance = out->at;
    emit8(out, 0);
    emit_transfer(ALWAYS, next);
    *distance = (uint8_t)(out->at - (distance + 1));
    emit_transfer(ALWAYS, target);
}

/* The last instruction of a block. */
static void emit_last(const struct item *item)
{
    const struct instruction *i = &item->instruction;
    uint64_t next = item->pc + i->length, target = instruction_target(i, item->bytes, item->pc);
    switch (item->flow) {
    case FLOW_CONDITION:
        emit_transfer(i->opcode & 15, target);
        emit_transfer(ALWAYS, next);
        break;
    case FLOW_COUNT: emit_counted_branch(item, target, next); break;
    case FLOW_JUMP: emit_transfer(ALWAYS, target); break;
    case FLOW_CALL: case FLOW_CALL_INDIRECT: emit_call(item); break;
    case FLOW_RETURN: emit_return(item); break;
    case FLOW_JUMP_INDIRECT:
        emit_store(&build.out, RCX, FIELD(rcx));
        emit_load_operand(item);
        emit_indirect_jump();
        break;
    case FLOW_SYSCALL:
        instrument_last_pc(&build, item->pc);
        emit_exit(EXIT_SYSCALL, next, 0);
        break;
    case FLOW_ENVIRONMENT: emit_exit(EXIT_ENVIRONMENT, item->pc, 0); break;
    default: /* FLOW_TRAP faults here, as it would there; if it does not, it goes on */
        emit_copy(item);
        if (instruction_may_store(i)) {
            instrument_watch(&build, item->pc, next, build.count);
        }
        emit_transfer(ALWAYS, next);
        break;
    }
}

static void emit_items(const uint8_t *start)
{
    for (unsigned n = 0; n < build.count; n++) {
        const struct item *item = &build.items[n];
        instrument_line(&build, item, n);
        build.offsets[n] = (uint16_t)(build.out.at - start);
        if (n + 1 == build.count) {
            emit_last(item);
        } else {
            emit_copy(item);
            if (instruction_may_store(&item->instruction)) {
                instrument_watch(&build, item->pc, item->pc + item->instruction.length, n + 1);
            }
        }
    }
    build.offsets[build.count] = (uint16_t)(build.out.at - start);
}

/* ---- blocks ---- */

/* Entered by an indirect branch: the target is in rcx, the program's rcx and rdx are in the context. */
static void emit_checked_entry(void)
{
    struct emitter *out = &build.out;
    emit8(out, 0x48); /* mov rdx, -pc */
    emit8(out, 0xBA);
    emit64(out, 0 - build.pc);
    emit_add_rdx_to_rcx(out);
    emit_skip_if_rcx_zero(out, 7);
    emit_jump_through(out, FIELD(not_me));
    emit_load(out, RCX, FIELD(rcx));
    emit_load(out, RDX, FIELD(rdx));
}

static struct block make(struct cache *cache, uint64_t pc, uint8_t *at, unsigned limit, bool once)
{
    build.out.at = at;
    build.cache = cache;
    build.once = once;
    build.instrumented = cache == cache_private;
    build.pc = pc;
    build.stub_count = 0;
    collect(build.instrumented && instrumentation.watches && limit > WATCHED_BLOCK ? WATCHED_BLOCK : limit);
    struct block block = {.pc = pc, .checked = at, .count = (uint16_t)build.count};
    emit_checked_entry();
    block.entry = build.out.at;
    if (build.instrumented && !once) {
        instrument_entry(&build);
    }
    block.resume = build.out.at;
    if (build.count == 0) {
        build.offsets[0] = 0;
        emit_exit(build.fault, pc, 0);
    } else {
        emit_count();
        emit_items(at);
    }
    for (unsigned i = 0; i < build.stub_count; i++) {
        emit_stub(&build.stubs[i]);
    }
    block.end = build.out.at;
    build.out.at = (uint8_t *)(((uintptr_t)build.out.at + 1) & ~(uintptr_t)1);
    block.offsets = (const uint16_t *)build.out.at;
    emit_bytes(&build.out, (const uint8_t *)build.offsets, (build.count + 1) * sizeof build.offsets[0]);
    return block;
}

struct block *translate(struct cache *cache, uint64_t pc, const char **why)
{
    struct block *block = cache_find(cache, pc);
    if (block != NULL) {
        return block;
    }
    uint8_t *at = cache_begin(cache, pc);
    if (at == NULL) {
        *why = "the program's code is too large, or too far from where translations can be";
        return NULL;
    }
    block = cache_find(cache, pc); /* another process may have been faster */
    if (block != NULL) {
        cache_end(cache, NULL);
        return block;
    }
    struct block made = make(cache, pc, at, MAX_BLOCK_INSTRUCTIONS, false);
    return cache_end(cache, &made);
}

const struct block *translate_once(struct cache *cache, uint64_t pc, unsigned count)
{
    static struct block block;
    uint8_t *at = cache_scratch(pc);
    if (at == NULL) {
        return NULL;
    }
    block = make(cache, pc, at, count < MAX_BLOCK_INSTRUCTIONS ? count : MAX_BLOCK_INSTRUCTIONS, true);
    cache_note_scratch(&block);
    return &block;
}
