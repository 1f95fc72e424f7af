/* The hard part is leaving no trace: translated code has no register, no stack and no flags of its own. Counting is a subtraction from memory where the flags are
 * dead, and a longer sequence of mov, lea and jrcxz where they are not; indirect branches borrow rcx and rdx through the context. */
#include "translator.h"

#include <string.h>

#include "build.h"
#include "calm.h"
#include "image.h"

enum { FLAGS_HORIZON = 24, JUMPS_FOLLOWED = 3, WATCHED_BLOCK = 8 }; /* many watched pieces make long translations */

struct instrumentation instrumentation;
const struct exit_record miss_record = {.kind = EXIT_INDIRECT}, call_record = {.kind = EXIT_CALL};

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

/* A block ends behind a transfer, before an armed address and at the limit; one that is executed once also where a state is looked for. */
static void collect(unsigned limit)
{
    uint64_t pc = build.pc;
    for (build.count = 0; build.count < limit;) {
        struct item *item = &build.items[build.count];
        if (build.count > 0 && build.instrumented && (stops_at(pc) || (build.once && instrumentation.match == pc))) {
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

/* ---- counting ---- */

static void emit_count(void)
{
    struct emitter *out = &build.out;
    uint8_t *from, borrowed = 0;
    if (!(build.instrumented && instrumentation.exact_flags) && !build.once && flags_are_dead(build.pc)) {
        emit_count_down(out, build.count);
        from = emit_branch(out, CONDITION_SIGN);
    } else {
        emit_store(out, RCX, FIELD(rcx));
        emit_load_left(out);
        emit_add_constant(out, RCX, -(int32_t)build.count);
        emit_store_left(out);
        emit_sign_of_rcx(out);
        from = emit_jump_unless_rcx_zero(out);
        emit_load(out, RCX, FIELD(rcx));
        borrowed = 1;
    }
    struct stub *stub = build_stub(&build, from, EXIT_TICK, build.pc);
    stub->adjust = build.count;
    stub->borrowed = borrowed;
}

static void emit_items(const uint8_t *start)
{
    for (unsigned n = 0; n < build.count; n++) {
        const struct item *item = &build.items[n];
        if (n > 0) {
            instrument_match(&build, item->pc, n);
        }
        instrument_line(&build, item, n);
        build.offsets[n] = (uint16_t)(build.out.at - start);
        instrument_before(&build, item, n + 1);
        if (n + 1 == build.count) {
            build_last(&build, item);
        } else {
            build_copy(&build, item);
            instrument_after(&build, item, n + 1);
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
    collect(build.instrumented && instrumentation.watches && !instrumentation.filter && !instrumentation.calm && limit > WATCHED_BLOCK ? WATCHED_BLOCK : limit);
    struct block block = {.pc = pc, .checked = at, .count = (uint16_t)build.count};
    emit_checked_entry();
    block.entry = build.out.at;
    build.needs = build.kept = 0;
    memset(build.is_calm, 0, sizeof build.is_calm);
    if (build.instrumented && instrumentation.calm && !once) {
        calm_check(&build);
    }
    block.calm = build.out.at;
    block.needs = (uint8_t)build.needs;
    if (build.instrumented && !once) {
        instrument_entry(&build);
    }
    block.resume = build.out.at;
    if (build.count == 0) {
        build.offsets[0] = 0;
        build_exit(&build, build.fault, pc, 0);
    } else {
        emit_count();
        emit_items(at);
    }
    for (unsigned i = 0; i < build.stub_count; i++) {
        build_emit_stub(&build, &build.stubs[i]);
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
