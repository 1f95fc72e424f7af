#include "calm.h"

#include <string.h>

#include "build.h"
#include "operands.h"

#define MARKS_ADDRESS (CONTEXT_ADDRESS + 0x50000)

enum { GRANULE_BITS_HERE = 24, FIRST_BYTE = GRANULE_BITS_HERE / 8, MARKS = 1 << 16, NEAR = 1 << 20, FARTHEST = 1 << 18, MAX_MARKED = 64 };

static uint8_t *const marks = (uint8_t *)MARKS_ADDRESS;
static uint16_t marked[MAX_MARKED];
static unsigned marked_count;
static bool holds;

static uint16_t granule(uint64_t address) { return (uint16_t)(address >> GRANULE_BITS_HERE); }

void calm_mark(uint64_t address, uint64_t length)
{
    for (uint64_t at = address - NEAR;; at = at + (1 << GRANULE_BITS_HERE) < address + length + NEAR ? at + (1 << GRANULE_BITS_HERE) : address + length + NEAR) {
        if (!marks[granule(at)]) {
            marks[granule(at)] = 1;
            marked[marked_count < MAX_MARKED ? marked_count : 0] = granule(at);
            marked_count++;
        }
        if (at == address + length + NEAR) {
            return;
        }
    }
}

void calm_clear(void)
{
    if (marked_count > MAX_MARKED) {
        memset(marks, 0, MARKS);
    }
    for (unsigned i = 0; i < marked_count && marked_count <= MAX_MARKED; i++) {
        marks[marked[i]] = 0;
    }
    marked_count = 0;
}

bool calm_here(void) { return !marks[granule(CONTEXT->r[RSP])] && !marks[granule(CONTEXT->r[RBP])]; }

void calm_begin(void) { holds = calm_here(); }

void calm_look(void) { holds &= calm_here(); }

void calm_give_up(void) { holds = false; }

bool calm_holds(void) { return holds; }

/* ---- which stores ---- */

/* What is known of rsp and rbp between two instructions of a block: whether each is still near what it was at the beginning, or at least near what the other one was. */
struct known {
    unsigned stack, frame;    /* the CALM_ bits that they rely on; 0: not known any more */
    unsigned touched;         /* CALM_ bits */
    int64_t moved;            /* how far rsp has been moved at most */
};

/* The base of the operand in modrm, if that is rsp or rbp with nothing but a short displacement. */
static unsigned base_of(const struct instruction *i, const uint8_t *bytes, const struct known *known)
{
    unsigned mode = i->modrm >> 6, base = i->modrm & 7;
    int32_t displacement = 0;
    if (mode == 3 || i->segment != 0 || i->address32 || i->rip_at != 0 || instruction_extensions(i, bytes) != 0) {
        return 0;
    }
    if (base == 4) {
        uint8_t sib = bytes[i->modrm_at + 1];
        base = (sib >> 3 & 7) == 4 ? sib & 7 : 0;
    }
    if (mode == 2) {
        memcpy(&displacement, bytes + i->immediate_at - 4, sizeof displacement);
    }
    if ((base != RSP && base != RBP) || (base == RBP && mode == 0) || displacement > FARTHEST || displacement < -FARTHEST) {
        return 0;
    }
    return base == RSP ? known->stack : known->frame;
}

static unsigned store_relies_on(const struct item *item, const struct known *known)
{
    unsigned size;
    switch (instruction_stores_at(&item->instruction, item->bytes, &size)) {
    case PLACE_PUSH: return known->stack;
    case PLACE_OPERAND: return base_of(&item->instruction, item->bytes, known);
    default: return 0;
    }
}

/* ---- what becomes of rsp and rbp ---- */

static bool is(const struct item *item, const char *bytes, unsigned length) { return memcmp(item->bytes, bytes, length) == 0; }

/* add or sub rsp, constant */
static bool moves_stack(const struct item *item, int64_t *by)
{
    int32_t distance;
    if (is(item, "\x48\x83\xEC", 3) || is(item, "\x48\x83\xC4", 3)) {
        *by = (int8_t)item->bytes[3];
        return true;
    }
    if (is(item, "\x48\x81\xEC", 3) || is(item, "\x48\x81\xC4", 3)) {
        memcpy(&distance, item->bytes + 3, sizeof distance);
        *by = distance;
        return true;
    }
    return false;
}

/* The reg field of modrm selects the operation. */
static bool is_group(const struct instruction *i)
{
    switch (i->opcode) {
    case 0x80 ... 0x83: case 0x8F: case 0xC0: case 0xC1: case 0xC6: case 0xC7: case 0xD0 ... 0xD3: case 0xF6: case 0xF7: case 0xFE: case 0xFF:
        return i->encoding == ENCODING_LEGACY && i->map == 0;
    default: return false;
    }
}

/* False only if the instruction certainly leaves the register alone; pushes and pops move rsp, which does not count. */
static bool may_write(const struct instruction *i, int reg)
{
    bool in_opcode = i->encoding == ENCODING_LEGACY && !i->has_modrm && (i->opcode & 7) == reg && (i->map == 1 || (i->opcode >= 0x90 && i->opcode <= 0xBF) || (i->opcode >= 0x58 && i->opcode <= 0x5F));
    bool is_frame = i->encoding == ENCODING_LEGACY && i->map == 0 && (i->opcode == 0xC8 || i->opcode == 0xC9);
    bool in_modrm = i->has_modrm && ((instruction_group(i) == reg && !is_group(i)) || (i->modrm >> 6 == 3 && (i->modrm & 7) == reg) || (i->opcode == 0x8F && (i->modrm & 7) == reg));
    bool in_prefix = i->encoding != ENCODING_LEGACY && i->map == 2 && i->opcode == 0xF3; /* blsr and its like */
    return in_opcode || is_frame || in_modrm || in_prefix;
}

static bool is_push_or_pop(const struct instruction *i)
{
    return i->encoding == ENCODING_LEGACY && i->map == 0 && ((i->opcode >= 0x50 && i->opcode <= 0x5F) || i->opcode == 0x68 || i->opcode == 0x6A || i->opcode == 0x8F || i->opcode == 0x9C || i->opcode == 0x9D
        || (i->opcode == 0xFF && instruction_group(i) == 6));
}

static void step_over(const struct item *item, struct known *known)
{
    const struct instruction *i = &item->instruction;
    int64_t by = 0;
    if (moves_stack(item, &by)) {
        known->touched |= CALM_STACK;
        known->moved += by < 0 ? -by : by;
        known->stack = known->moved > FARTHEST ? 0 : known->stack;
        return;
    }
    if (is(item, "\x48\x89\xE5", 3) || is(item, "\x48\x8B\xEC", 3)) { /* mov rbp, rsp */
        known->touched |= CALM_FRAME;
        known->frame = known->stack;
        return;
    }
    if (is_push_or_pop(i) || item->flow != FLOW_NEXT) {
        known->touched |= CALM_STACK;
    }
    if (may_write(i, RSP)) {
        known->touched |= CALM_STACK;
        known->stack = 0;
    }
    if (may_write(i, RBP)) {
        known->touched |= CALM_FRAME;
        known->frame = 0;
    }
}

/* ---- the check ---- */

static void emit_look_near(struct build *build, int reg)
{
    struct emitter *out = &build->out;
    emit_store(out, reg, FIELD(calm));
    emit_bytes(out, (const uint8_t[]){0x0F, 0xB7, 0x0C, 0x25}, 4); /* movzx ecx, word [calm + 3] */
    emit32(out, (uint32_t)(FIELD(calm) + FIRST_BYTE));
    emit_bytes(out, (const uint8_t[]){0x0F, 0xB6, 0x89}, 3);       /* movzx ecx, byte [rcx + marks] */
    emit32(out, MARKS_ADDRESS);
    build_stub(build, emit_jump_unless_rcx_zero(out), EXIT_ALARM, build->pc)->borrowed = 1;
}

/* A conditional jump moves nothing, although it is no instruction that only goes on. */
static bool ends_quietly(const struct item *last) { return last->flow == FLOW_CONDITION || last->flow == FLOW_JUMP || last->flow == FLOW_COUNT; }

/* What an indirect call pushes can be looked at neither before it, where the target is not known, nor behind it, where calm blocks do not look. */
static bool is_blind(const struct build *build) { return build->items[build->count - 1].flow == FLOW_CALL_INDIRECT && !build->is_calm[build->count - 1]; }

void calm_check(struct build *build)
{
    struct known known = {.stack = CALM_STACK, .frame = CALM_FRAME};
    build->needs = 0;
    for (unsigned n = 0; n < build->count; n++) {
        const struct item *item = &build->items[n];
        unsigned relies = store_relies_on(item, &known);
        build->is_calm[n] = relies != 0;
        build->needs |= relies;
        if (n + 1 < build->count || !ends_quietly(item)) {
            step_over(item, &known);
        }
    }
    build->kept = build->needs & ~known.touched;
    if (build->count > 0 && is_blind(build)) {
        build_exit(build, EXIT_ALARM, build->pc, 0);
        return;
    }
    if (build->needs == 0) {
        return;
    }
    emit_store(&build->out, RCX, FIELD(rcx));
    if (build->needs & CALM_STACK) {
        emit_look_near(build, RSP);
    }
    if (build->needs & CALM_FRAME) {
        emit_look_near(build, RBP);
    }
    emit_load(&build->out, RCX, FIELD(rcx));
}
