/* What private translations do besides counting. Every sequence leaves registers and flags as they were. */
#include <string.h>

#include "build.h"
#include "linelog.h"

enum { MAX_ARMED = 4096, ARMED_HASH = 16384 };

static uint64_t armed[ARMED_HASH]; /* open addressing; 0: free */
static int armed_count;
uint8_t piece_sizes[MAX_PIECES];

/* ---- armed addresses ---- */

static uint32_t armed_slot(uint64_t pc)
{
    uint32_t at = (uint32_t)((pc * 0x9E3779B97F4A7C15u) >> 50);
    while (armed[at] != 0 && armed[at] != pc) {
        at = (at + 1) % ARMED_HASH;
    }
    return at;
}

bool armed_add(uint64_t pc)
{
    uint32_t slot = armed_slot(pc);
    if (armed[slot] == pc) {
        return true;
    }
    if (armed_count == MAX_ARMED || pc == 0) {
        return false;
    }
    armed[slot] = pc;
    armed_count++;
    return true;
}

void armed_clear(void)
{
    if (armed_count > 0) {
        memset(armed, 0, sizeof armed);
        armed_count = 0;
    }
}

bool armed_at(uint64_t pc) { return armed[armed_slot(pc)] == pc; }

bool stops_at(uint64_t pc) { return (instrumentation.breaks && armed_at(pc)) || (instrumentation.line_stops && linelog_is_line(pc)); }

bool is_looked_for(uint64_t pc) { return stops_at(pc) || instrumentation.match == pc; }

/* ---- borrowing ---- */

static void borrow(struct emitter *out)
{
    emit_store(out, RCX, FIELD(rcx));
    emit_store(out, RDX, FIELD(rdx));
}

static void give_back(struct emitter *out)
{
    emit_load(out, RCX, FIELD(rcx));
    emit_load(out, RDX, FIELD(rdx));
}

/* ---- a block's beginning ---- */

static void emit_quiet_break(struct build *build)
{
    struct emitter *out = &build->out;
    emit_store(out, RCX, FIELD(rcx));
    emit_load(out, RCX, FIELD(left));
    emit_store(out, RCX, FIELD(hit_left));
    emit_load(out, RCX, FIELD(hits));
    emit_add_constant(out, RCX, 1);
    emit_store(out, RCX, FIELD(hits));
    emit_load(out, RCX, FIELD(rcx));
    emit_store_constant(out, FIELD(hit_pc), (uint32_t)build->pc);
    emit_store_constant(out, FIELD(hit_pc) + 4, (uint32_t)(build->pc >> 32));
}

static void emit_break(struct build *build)
{
    if (instrumentation.quiet) {
        emit_quiet_break(build);
        return;
    }
    struct stub *stub = build_stub(build, emit_branch(&build->out, ALWAYS), EXIT_BREAK, build->pc);
    stub->resume = build->out.at;
}

/* Leaves out what follows in frames that are deeper than context.line_sp; rcx is borrowed. */
static uint8_t *emit_skip_if_deeper(struct emitter *out)
{
    emit_load(out, RCX, FIELD(line_sp));                           /* minus the limit */
    emit_bytes(out, (const uint8_t[]){0x48, 0x8D, 0x0C, 0x0C}, 4); /* lea rcx, [rsp + rcx] */
    emit_sign_of_rcx(out);
    return emit_jump_unless_rcx_zero(out);
}

/* A break where a line begins. */
static void emit_line_break(struct build *build)
{
    struct emitter *out = &build->out;
    emit_store(out, RCX, FIELD(rcx));
    uint8_t *deeper = emit_skip_if_deeper(out);
    emit_load(out, RCX, FIELD(rcx));
    uint8_t *from = emit_branch(out, ALWAYS);
    emit_point(deeper, out->at);
    emit_load(out, RCX, FIELD(rcx));
    struct stub *stub = build_stub(build, from, EXIT_BREAK, build->pc);
    stub->resume = out->at;
}

void instrument_entry(struct build *build)
{
    if (instrumentation.watches && !instrumentation.calm) { /* what calls, system calls and signals stored */
        instrument_push(build, 0, build->pc, build->count);
    }
    if (instrumentation.breaks && armed_at(build->pc)) {
        emit_break(build);
    } else if (stops_at(build->pc)) {
        emit_line_break(build);
    }
    instrument_match(build, build->pc, 0);
}

/* ---- watching ---- */

/* mov rcx, zero-extended [rcx] */
static void emit_load_piece(struct emitter *out, int size)
{
    switch (size) {
    case 1: emit_bytes(out, (const uint8_t[]){0x0F, 0xB6, 0x09}, 3); break;
    case 2: emit_bytes(out, (const uint8_t[]){0x0F, 0xB7, 0x09}, 3); break;
    case 4: emit_bytes(out, (const uint8_t[]){0x8B, 0x09}, 2); break;
    default: emit_bytes(out, (const uint8_t[]){0x48, 0x8B, 0x09}, 3); break;
    }
}

/* At a block's beginning (`done` = all of them) nothing is counted yet, so nothing is to be given back. */
void instrument_pieces(struct build *build, uint64_t source, uint64_t next, unsigned done)
{
    struct emitter *out = &build->out;
    struct stub *first = &build->stubs[build->stub_count];
    borrow(out);
    for (int i = 0; i < instrumentation.pieces; i++) {
        emit_load(out, RCX, FIELD(piece_address) + 8 * i);
        emit_load_piece(out, piece_sizes[i]);
        emit_load(out, RDX, FIELD(piece_negated) + 8 * i);
        emit_add_rdx_to_rcx(out);
        struct stub *stub = build_stub(build, emit_jump_unless_rcx_zero(out), EXIT_WATCH, next);
        stub->source = source;
        stub->adjust = build->count - done;
        stub->borrowed = 2;
    }
    give_back(out);
    while (first != &build->stubs[build->stub_count]) {
        first++->resume = out->at;
    }
}

void instrument_last_pc(struct build *build, uint64_t pc)
{
    if (build->instrumented && instrumentation.watches) {
        emit_store_constant(&build->out, FIELD(last_pc), (uint32_t)pc);
        emit_store_constant(&build->out, FIELD(last_pc) + 4, (uint32_t)(pc >> 32));
    }
}

/* ---- line events ---- */

void instrument_depth(struct build *build, int change)
{
    struct emitter *out = &build->out;
    if (!build->instrumented || !instrumentation.lines) {
        return;
    }
    emit_store(out, RCX, FIELD(rcx));
    emit_load(out, RCX, FIELD(line_depth));
    emit_add_constant(out, RCX, change);
    emit_store(out, RCX, FIELD(line_depth));
    emit_load(out, RCX, FIELD(rcx));
}

/* [rcx * 4 + ring + offset], with rcx 8 times the index. */
static void emit_ring_operand(struct emitter *out, uint8_t reg, int offset)
{
    emit8(out, 0x04 | reg << 3);
    emit8(out, 0x8D);
    emit32(out, (uint32_t)(LINE_RING_ADDRESS + LINE_HEADER_BYTES + offset));
}

static void emit_ring_constant(struct emitter *out, int offset, uint32_t value)
{
    emit8(out, 0xC7);
    emit_ring_operand(out, 0, offset);
    emit32(out, value);
}

static void emit_ring_store(struct emitter *out, int reg, int offset)
{
    emit8(out, 0x48);
    emit8(out, 0x89);
    emit_ring_operand(out, (uint8_t)reg, offset);
}

/* The tick field gets what is left of the run; linelog.c turns it into the tick. */
void instrument_line(struct build *build, const struct item *item, unsigned done)
{
    struct emitter *out = &build->out;
    uint8_t *deeper = NULL;
    if (!build->instrumented || !instrumentation.lines || !linelog_is_line(item->pc)) {
        return;
    }
    borrow(out);
    if (instrumentation.line_depths) {
        deeper = emit_skip_if_deeper(out);
    }
    emit_load(out, RCX, FIELD(line_index));
    emit_bytes(out, (const uint8_t[]){0x0F, 0xB7, 0xC9}, 3);                 /* movzx ecx, cx */
    emit_bytes(out, (const uint8_t[]){0x48, 0x8D, 0x0C, 0xCD, 0, 0, 0, 0}, 8); /* lea rcx, [rcx * 8] */
    emit_load(out, RDX, FIELD(left));
    emit_add_constant(out, RDX, (int32_t)(build->count - done));
    emit_ring_store(out, RDX, 0);
    emit_ring_constant(out, 8, (uint32_t)item->pc);
    emit_ring_constant(out, 12, (uint32_t)(item->pc >> 32));
    emit_ring_store(out, RSP, 16);
    emit_load(out, RDX, FIELD(line_depth));
    emit_ring_store(out, RDX, 24);                                           /* 32 bits of it ... */
    emit_ring_constant(out, 28, 0);                                          /* ... and the flags */
    emit_load(out, RDX, FIELD(line_index));
    emit_add_constant(out, RDX, 1);
    emit_store(out, RDX, FIELD(line_index));
    if (deeper != NULL) {
        emit_point(deeper, out->at);
    }
    give_back(out);
}
