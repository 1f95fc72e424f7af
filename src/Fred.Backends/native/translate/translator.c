/* The hard part is leaving no trace: translated code has no register, no stack and no flags of its own. Counting is a subtraction from memory where the flags are
 * dead, and a longer sequence of mov, lea and jrcxz where they are not; indirect branches borrow rcx and rdx through the context. */
#include "translator.h"

#include <string.h>

#include "build.h"
#include "calm.h"
#include "image.h"

enum { FLAGS_HORIZON = 24, JUMPS_FOLLOWED = 3, WATCHED_BLOCK = 8 /* many watched pieces make long translations */, SHARED_VERSIONS = 8 /* who changes code often keeps it for himself */ };

struct instrumentation instrumentation;
const struct exit_record miss_record = {.kind = EXIT_INDIRECT}, call_record = {.kind = EXIT_CALL};

struct build build;
static const struct block no_code;

/* ---- what to translate ---- */

bool build_fetch(uint64_t pc, struct item *item, enum exit_kind *fault)
{
    size_t available;
    item->kind = image_read(pc, item->bytes, MAX_INSTRUCTION, &available);
    *fault = item->kind == IMAGE_NONE ? EXIT_NO_CODE : EXIT_UNSUPPORTED;
    if (item->kind == IMAGE_NONE) {
        return false;
    }
    item->pc = pc;
    if (!decode(item->bytes, available, &item->instruction)) { /* perhaps the processor knows better; how long it is then, it knows, too */
        item->instruction = (struct instruction){.length = (uint8_t)available};
        item->flow = FLOW_STEP;
        return true;
    }
    bool far = item->instruction.rip_at != 0 && item->instruction.address32;
    item->flow = far ? FLOW_STEP : instruction_flow(&item->instruction);
    return item->flow != FLOW_UNSUPPORTED;
}

/* Whatever stores may store to what comes next, where code is writable. A block knows the kinds of two pages. */
static bool ends_behind(const struct item *item)
{
    bool made = item->kind != IMAGE_TEXT, stores = item->kind == IMAGE_WRITABLE && instruction_may_store(&item->instruction);
    return item->flow != FLOW_NEXT || stores || (made && ((build.end ^ build.pc) >> PAGE_BITS) != 0);
}

/* A block ends behind a transfer, before an armed address and at the limit; one that is executed once also where a state is looked for. */
static void collect(unsigned limit)
{
    build.end = build.pc;
    build.kind = IMAGE_TEXT;
    for (build.count = 0; build.count < limit;) {
        struct item *item = &build.items[build.count];
        if (build.count > 0 && build.instrumented && (stops_at(build.end) || (build.once && instrumentation.match == build.end))) {
            return;
        }
        if (!build_fetch(build.end, item, &build.fault) || (build.count > 0 && item->kind != build.kind)) {
            return;
        }
        build.kind = item->kind;
        build.count++;
        build.end += item->instruction.length;
        if (ends_behind(item)) {
            return;
        }
    }
}

/* True if the flags at pc are certainly overwritten before anything reads them, and soon: shortly before a goal nothing is stale any more. Of made code only what is between `first` and `end` is looked at. */
static bool are_dead(uint64_t pc, uint64_t first, uint64_t end)
{
    struct item item;
    enum exit_kind fault;
    int jumps = 0;
    for (int i = 0; i < FLAGS_HORIZON && build_fetch(pc, &item, &fault); i++) {
        enum flags_effect effect = instruction_flags(&item.instruction);
        bool made = item.kind != IMAGE_TEXT;
        if (made && (pc < first || pc + item.instruction.length > end)) {
            return false;
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

bool flags_are_dead(uint64_t pc) { return are_dead(pc, 0, UINT64_MAX); }

/* ---- counting ---- */

static void emit_count(bool free_flags)
{
    struct emitter *out = &build.out;
    uint8_t *from, borrowed = 0;
    if (free_flags) {
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
        } else if (item->flow != FLOW_NEXT) {
            build_through(&build, item);
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
    emit8(out, 0x90); /* now an aligned word (cache_replace) */
}

void build_prepare(struct cache *cache, uint64_t pc, uint8_t *at, bool once)
{
    build.out.at = at;
    build.cache = cache;
    build.once = once;
    build.instrumented = cache == cache_private;
    build.pc = pc;
    build.stub_count = 0;
}

struct block build_emit(uint8_t *at)
{
    bool once = build.once;
    uint64_t pc = build.pc;
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
    bool free_flags = !once && !(build.instrumented && instrumentation.exact_flags) && are_dead(pc, pc, build.end);
    if (!once) {
        source_check(&build, free_flags);
    }
    if (build.instrumented && !once) {
        instrument_entry(&build);
    }
    block.resume = build.out.at;
    if (build.count == 0) {
        build.offsets[0] = 0;
        build_exit(&build, build.fault, pc, 0);
    } else {
        emit_count(free_flags);
        emit_items(at);
    }
    for (unsigned i = 0; i < build.stub_count; i++) {
        build_emit_stub(&build, &build.stubs[i]);
    }
    block.end = build.out.at;
    build.out.at = (uint8_t *)(((uintptr_t)build.out.at + 1) & ~(uintptr_t)1);
    block.offsets = (const uint16_t *)build.out.at;
    emit_bytes(&build.out, (const uint8_t *)build.offsets, (build.count + 1) * sizeof build.offsets[0]);
    block.source = source_keep(&build);
    block.limit = build.out.at;
    return block;
}

static struct block make(struct cache *cache, uint64_t pc, uint8_t *at, unsigned limit, bool once)
{
    build_prepare(cache, pc, at, once);
    collect(build.instrumented && instrumentation.watches && !instrumentation.filter && !instrumentation.calm && limit > WATCHED_BLOCK ? WATCHED_BLOCK : limit);
    return build_emit(at);
}

const struct block *translate(struct cache *cache, uint64_t pc, const char **why)
{
    struct block *block = cache_find(cache, pc);
    if (block != NULL) {
        return block;
    }
    uint8_t *at = cache == cache_plain && cache_versions(cache, pc) >= SHARED_VERSIONS ? NULL : cache_begin(cache, pc);
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
    return made.count == 0 ? cache_end(cache, NULL), &no_code : cache_end(cache, &made); /* there may be code some time */
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
