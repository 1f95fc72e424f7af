/* A path that the program has taken, as one block. It has what any block has: one count, one entry, and a table of where each instruction's translation begins; only that the instructions are not one behind the
 * other, so their addresses are kept, too. */
#include "build.h"
#include "far.h"
#include "regions.h"

/* True for what only the processor could do, at each time, if it were part of a trace that begins in another part of memory. */
static bool is_out_of_reach(const struct item *item)
{
    return item->flow == FLOW_NEXT && item->instruction.rip_at != 0 && region_near(item->pc) != region_near(build.pc) && !far_can_copy(item);
}

/* A jump through memory near it, of a procedure linkage table: it always leads to the same function. */
static bool is_linkage(const struct item *item) { return item->flow == FLOW_JUMP_INDIRECT && item->instruction.rip_at != 0; }

/* True if a trace can go on behind the item, the last one of its block: it leads where it led, as a rule. `depth`: calls that are part of the trace and open; a return to one of them leads there. */
static bool can_go_on(const struct item *item, const struct passed *step, int *depth)
{
    bool varies = step->varies;
    switch (item->flow) {
    case FLOW_CALL: case FLOW_CALL_INDIRECT: ++*depth; break;
    case FLOW_RETURN:
        varies &= *depth == 0;
        *depth -= *depth > 0;
        break;
    default: break;
    }
    bool direct = item->flow != FLOW_RETURN && item->flow != FLOW_CALL_INDIRECT && (item->flow != FLOW_JUMP_INDIRECT || is_linkage(item));
    return (direct || !varies) && flow_followed(item, step[1].pc);
}

/* The instructions of blocks that were executed one after the other, as long as a trace can have them: text that does not change, and transfers that can be followed. */
static void collect_path(const struct passed *path, unsigned blocks)
{
    int depth = 0;
    build.kind = IMAGE_TEXT;
    build.count = 0;
    for (unsigned k = 0; k < blocks; k++) {
        unsigned begun = build.count;
        struct item *item;
        build.end = path[k].pc;
        do {
            item = &build.items[build.count];
            if (build.count == MAX_TRACE_INSTRUCTIONS || (build.instrumented && is_looked_for(build.end)) || !build_fetch(build.end, item, &build.fault) || item->kind != IMAGE_TEXT || is_out_of_reach(item)) {
                build.count = begun;
                build.end = path[k].pc;
                return;
            }
            build.count++;
            build.end += item->instruction.length;
        } while (item->flow == FLOW_NEXT && build.end != path[k + 1].pc);
        if (!can_go_on(item, &path[k], &depth)) {
            return;
        }
    }
}

static bool goes_through_transfers(void)
{
    for (unsigned n = 0; n + 1 < build.count; n++) {
        if (build.items[n].flow != FLOW_NEXT) {
            return true;
        }
    }
    return false;
}

/* Where each instruction is, for faults: behind the block. */
static void keep_places(struct block *block)
{
    uint8_t *at = (uint8_t *)(((uintptr_t)block->limit + 7) & ~(uintptr_t)7);
    block->pcs = (const uint64_t *)(const void *)at;
    build.out.at = at;
    for (unsigned n = 0; n < build.count; n++) {
        emit64(&build.out, build.items[n].pc);
    }
    emit64(&build.out, build.end);
    block->limit = build.out.at;
}

bool translate_trace(struct cache *cache, const struct passed *path, unsigned blocks)
{
    uint8_t *at = cache_begin(cache, path[0].pc);
    if (at == NULL) {
        return false;
    }
    const struct block *old = cache_find(cache, path[0].pc);
    build_prepare(cache, path[0].pc, at, false);
    collect_path(path, blocks);
    if ((old != NULL && old->pcs != NULL) || !goes_through_transfers()) {
        cache_end(cache, NULL);
        return false;
    }
    struct block made = build_emit(at);
    keep_places(&made);
    const struct block *trace = cache_end(cache, &made);
    if (old != NULL && old->source == NULL) {
        cache_replace(old, trace);
    }
    return true;
}
