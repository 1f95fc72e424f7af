#include "accesses.h"

#include <string.h>

#include "build.h"
#include "far.h"
#include "calm.h"
#include "operands.h"
#include "runloop.h"
#include "watch.h"

enum {
    GRANULE = 1 << GRANULE_BITS,
    AHEAD = 3,            /* an access of 64 bytes begins up to three granules before */
    MARKED_STORE = 1,
    MARKED_LOAD = 2
};

/* Addresses are kept times 16, so that the number of the granule is in two whole bytes, which can be loaded without touching the flags. */
enum { INDEX_AT = 1 };

static uint8_t *const store_marks = (uint8_t *)STORE_MARKS_ADDRESS, *const load_marks = (uint8_t *)LOAD_MARKS_ADDRESS;
static unsigned marked;

/* ---- marks ---- */

/* An access of up to 16 bytes that begins in a marked granule may touch the range; longer ones look at the next granules, too. */
static void mark(uint8_t *marks, uint64_t address, uint64_t length)
{
    for (uint64_t granule = (address - (GRANULE - 1)) >> GRANULE_BITS; granule <= (address + length - 1) >> GRANULE_BITS; granule++) {
        uint64_t index = granule % GRANULES;
        marks[index] = 1;
        if (index < AHEAD) {
            marks[GRANULES + index] = 1;
        }
    }
}

void accesses_mark(uint64_t address, uint64_t length, int kind)
{
    calm_mark(address, length);
    if (kind != WATCH_READ) {
        mark(store_marks, address, length);
        marked |= MARKED_STORE;
    }
    if (kind != WATCH_CHANGE) {
        mark(load_marks, address, length);
        marked |= MARKED_LOAD;
    }
}

void accesses_clear(void)
{
    if (marked & MARKED_STORE) {
        memset(store_marks, 0, GRANULES + AHEAD);
    }
    if (marked & MARKED_LOAD) {
        memset(load_marks, 0, GRANULES + AHEAD);
    }
    marked = 0;
    calm_clear();
}

void accesses_tell(const struct exit_record *exit)
{
    if (exit->kind == EXIT_LOAD) {
        host_load(exit->target);
    } else if (exit->kind == EXIT_READ) {
        host_read(exit->source);
    } else {
        if (instrumentation.filter && CONTEXT->store_at != ANYWHERE) {
            watch_narrow(CONTEXT->store_at >> GRANULE_BITS);
        }
        host_watch(exit->source != 0 ? exit->source : CONTEXT->last_pc);
    }
}

/* ---- before the instruction ---- */

/* lea rcx, <the operand in modrm>, which is not relative to rip */
static void emit_operand(struct emitter *out, const struct item *item)
{
    const struct instruction *i = &item->instruction;
    const uint8_t *rest = item->bytes + i->modrm_at + 1;
    size_t size = (size_t)(i->immediate_at - i->modrm_at - 1);
    unsigned scale = instruction_scale(i, item->bytes);
    emit8(out, 0x48 | instruction_extensions(i, item->bytes));
    emit8(out, 0x8D);
    if (i->modrm >> 6 != 1 || scale == 1) {
        emit8(out, (i->modrm & 0xC7) | RCX << 3);
        emit_bytes(out, rest, size);
        return;
    }
    emit8(out, 0x80 | (i->modrm & 7) | RCX << 3); /* with a displacement of 32 bits */
    emit_bytes(out, rest, size - 1);
    emit32(out, (uint32_t)((int8_t)rest[size - 1] * (int32_t)scale));
}

static void emit_keep(struct emitter *out, int32_t field)
{
    emit_bytes(out, (const uint8_t[]){0x48, 0x8D, 0x0C, 0xCD, 0, 0, 0, 0, 0x48, 0x8D, 0x0C, 0x09}, 12); /* lea rcx, [rcx * 8]; lea rcx, [rcx + rcx] */
    emit_store(out, RCX, field);
}

static void emit_keep_constant(struct emitter *out, int32_t field, uint64_t value)
{
    emit_store_constant(out, field, (uint32_t)value);
    emit_store_constant(out, field + 4, (uint32_t)(value >> 32));
}

/* Keeps where the instruction will access memory. The program's registers are all in place. */
static void emit_place(struct emitter *out, const struct item *item, enum place place, int32_t field)
{
    const struct instruction *i = &item->instruction;
    if (place == PLACE_NONE || place == PLACE_ANYWHERE) {
        if (place == PLACE_ANYWHERE) {
            emit_keep_constant(out, field, ANYWHERE);
        }
        return;
    }
    if (place == PLACE_OPERAND && i->rip_at != 0) {
        emit_keep_constant(out, field, far_address(item) << GRANULE_BITS);
        return;
    }
    emit_store(out, RCX, FIELD(rcx));
    switch (place) {
    case PLACE_PUSH: emit_bytes(out, (const uint8_t[]){0x48, 0x8D, 0x4C, 0x24, 0xF8}, 5); break; /* lea rcx, [rsp - 8] */
    case PLACE_SOURCE: emit_bytes(out, (const uint8_t[]){0x48, 0x8D, 0x0E}, 3); break;          /* lea rcx, [rsi] */
    case PLACE_DESTINATION: emit_bytes(out, (const uint8_t[]){0x48, 0x8D, 0x0F}, 3); break;     /* lea rcx, [rdi] */
    default: emit_operand(out, item); break;
    }
    emit_keep(out, field);
    emit_load(out, RCX, FIELD(rcx));
}

static void emit_note_load(struct build *build, const struct item *item, unsigned done)
{
    struct stub *stub = build_stub(build, emit_branch(&build->out, ALWAYS), EXIT_LOAD, item->pc);
    stub->adjust = build->count - (done - 1);
    stub->resume = build->out.at;
}

static bool is_watched(const struct build *build) { return build->instrumented && instrumentation.watches && instrumentation.filter; }

void instrument_before(struct build *build, const struct item *item, unsigned done)
{
    unsigned size;
    bool watched = is_watched(build);
    if (!build->instrumented || !(watched || instrumentation.loads)) {
        return;
    }
    enum place load = instruction_loads_from(&item->instruction, item->bytes, &size);
    if (load != PLACE_NONE && (instrumentation.loads || (instrumentation.asks && load == PLACE_ANYWHERE))) {
        emit_note_load(build, item, done);
    }
    if (!watched || build->is_calm[done - 1] || item->flow == FLOW_CALL || item->flow == FLOW_CALL_INDIRECT) {
        return;
    }
    emit_place(&build->out, item, instruction_stores_at(&item->instruction, item->bytes, &size), FIELD(store_at));
    if (instrumentation.asks && item->flow == FLOW_NEXT) {
        emit_place(&build->out, item, load, FIELD(load_at));
    }
}

/* ---- after the instruction ---- */

/* rcx = what the marks say of an access of up to `size` bytes */
static void emit_look_up(struct emitter *out, int32_t field, int32_t marks, unsigned size)
{
    emit_bytes(out, (const uint8_t[]){0x0F, 0xB7, 0x0C, 0x25}, 4); /* movzx ecx, word [field] */
    emit32(out, (uint32_t)(field + INDEX_AT));
    if (size > 2 * GRANULE) {
        emit_bytes(out, (const uint8_t[]){0x8B, 0x89}, 2);         /* mov ecx, [rcx + marks] */
    } else if (size > GRANULE) {
        emit_bytes(out, (const uint8_t[]){0x0F, 0xB7, 0x89}, 3);   /* movzx ecx, word [rcx + marks] */
    } else {
        emit_bytes(out, (const uint8_t[]){0x0F, 0xB6, 0x89}, 3);   /* movzx ecx, byte [rcx + marks] */
    }
    emit32(out, (uint32_t)marks);
}

struct after {
    enum exit_kind exit;
    int32_t field, marks;
    uint64_t source, next;
    unsigned adjust;
};

static const struct after after_store = {.exit = EXIT_WATCH, .field = FIELD(store_at), .marks = STORE_MARKS_ADDRESS};
static const struct after after_load = {.exit = EXIT_READ, .field = FIELD(load_at), .marks = LOAD_MARKS_ADDRESS};

static void emit_check(struct build *build, struct after after, enum place place, unsigned size)
{
    struct emitter *out = &build->out;
    if (place == PLACE_NONE) {
        return;
    }
    uint8_t *from;
    if (place == PLACE_ANYWHERE) {
        from = emit_branch(out, ALWAYS);
    } else {
        emit_store(out, RCX, FIELD(rcx));
        emit_look_up(out, after.field, after.marks, size);
        from = emit_jump_unless_rcx_zero(out);
        emit_load(out, RCX, FIELD(rcx));
    }
    struct stub *stub = build_stub(build, from, after.exit, after.next);
    stub->source = after.source;
    stub->adjust = after.adjust;
    stub->borrowed = place != PLACE_ANYWHERE;
    stub->resume = out->at;
}

static struct after with(struct after after, const struct build *build, uint64_t source, uint64_t next, unsigned done)
{
    after.source = source;
    after.next = next;
    after.adjust = build->count - done;
    return after;
}

void instrument_after(struct build *build, const struct item *item, unsigned done)
{
    const struct instruction *i = &item->instruction;
    uint64_t next = item->pc + i->length;
    unsigned size;
    if (!build->instrumented || !instrumentation.watches || build->is_calm[done - 1]) {
        return;
    }
    if (!instrumentation.filter) {
        if (instruction_may_store(i)) {
            instrument_pieces(build, item->pc, next, done);
        }
        return;
    }
    if (instrumentation.asks && item->flow == FLOW_NEXT) {
        enum place load = instruction_loads_from(i, item->bytes, &size);
        emit_check(build, with(after_load, build, item->pc, next, done), load, size);
    }
    enum place store = instruction_stores_at(i, item->bytes, &size);
    emit_check(build, with(after_store, build, item->pc, next, done), store, size);
}

void instrument_push(struct build *build, uint64_t source, uint64_t next, unsigned done)
{
    struct emitter *out = &build->out;
    if (!build->instrumented || !instrumentation.watches || (build->count > 0 && build->is_calm[build->count - 1])) {
        return;
    }
    if (!instrumentation.filter) {
        instrument_pieces(build, source, next, done);
        return;
    }
    emit_store(out, RCX, FIELD(rcx));
    emit_bytes(out, (const uint8_t[]){0x48, 0x8D, 0x0C, 0x24}, 4); /* lea rcx, [rsp] */
    emit_keep(out, FIELD(store_at));
    emit_load(out, RCX, FIELD(rcx));
    emit_check(build, with(after_store, build, source, next, done), PLACE_PUSH, 8);
}
