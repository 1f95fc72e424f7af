/* The code that looks for a state while the program runs (matcher.c compares the rest). */
#include "build.h"
#include "matcher.h"

/* Leaves out what follows unless all registers are those of the state that is looked for. `differs` gets the ways out. */
static int emit_compare_registers(struct emitter *out, uint8_t *differs[16])
{
    static const uint8_t order[16] = {RAX, RDX, RCX, RSP, RBP, RBX, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15}; /* most different first */
    int count = 0;
    for (int i = 0; i < 16; i++) {
        if (!matcher_ignores(order[i])) {
            emit_compare(out, order[i], FIELD(match_r) + 8 * order[i]);
            differs[count++] = emit_branch(out, CONDITION_NOT_EQUAL);
        }
    }
    return count;
}

static int emit_compare_discriminators(struct emitter *out, uint8_t *differs[MAX_DISCRIMINATORS])
{
    for (int i = 0; i < MAX_DISCRIMINATORS; i++) {
        emit_load(out, RCX, FIELD(match_address) + 8 * i);
        emit_bytes(out, (const uint8_t[]){0x48, 0x8B, 0x09}, 3); /* mov rcx, [rcx] */
        emit_compare(out, RCX, FIELD(match_value) + 8 * i);
        differs[i] = emit_branch(out, CONDITION_NOT_EQUAL);
    }
    return MAX_DISCRIMINATORS;
}

static void emit_points(uint8_t *const *fields, int count, const uint8_t *target)
{
    while (count > 0) {
        emit_point(fields[--count], target);
    }
}

/* Goes on here unless all registers and discriminators are those of the state that is looked for. The place may be in the program's innermost loop: saving the flags where they mean
 * nothing, or rcx before it is needed, would make that several times slower. */
static void emit_match(struct build *build, unsigned done)
{
    struct emitter *out = &build->out;
    bool saves = !flags_are_dead(instrumentation.match);
    uint8_t *early[16], *late[MAX_DISCRIMINATORS];
    if (saves) {
        emit_save_flags(out);
    }
    int registers = emit_compare_registers(out, early);
    emit_store(out, RCX, FIELD(rcx));
    int words = emit_compare_discriminators(out, late);
    emit_load(out, RCX, FIELD(rcx));
    if (saves) {
        emit_restore_flags(out);
    }
    struct stub *stub = build_stub(build, emit_branch(out, ALWAYS), EXIT_MATCH, instrumentation.match);
    stub->adjust = done > 0 ? build->count - done : 0;
    emit_points(late, words, out->at);
    emit_load(out, RCX, FIELD(rcx));
    emit_points(early, registers, out->at);
    if (saves) {
        emit_restore_flags(out);
    }
    stub->resume = out->at;
}

/* Also inside a block: one that were cut in two there would lose what is known to hold all through it. */
void instrument_match(struct build *build, uint64_t pc, unsigned done)
{
    if (build->instrumented && !build->once && instrumentation.match == pc) {
        emit_match(build, done);
    }
}
