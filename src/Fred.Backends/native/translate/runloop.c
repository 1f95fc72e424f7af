/* The hard part is stopping exactly. A block counts all its instructions at once, so a goal inside it makes it leave, and the last few hundred instructions before a
 * goal are run in blocks cut to size; these also keep the flags exact, so that nothing is stale where somebody looks. */
#include "runloop.h"

#include <string.h>

#include "accesses.h"
#include "blocks.h"
#include "calm.h"
#include "clock.h"
#include "codecache.h"
#include "context.h"
#include "emit.h"
#include "enter.h"
#include "linelog.h"
#include "matcher.h"
#include "regions.h"
#include "traces.h"
#include "watch.h"

enum { FINAL_STRETCH = 256, CHUNK = 50000000 };

static uint64_t goal;              /* tick at which context.left would be 0 */
volatile bool runloop_attention;   /* read by enter.S */
static volatile int64_t stolen;    /* what an attention request took from context.left */
static uint64_t passing_tick = UINT64_MAX, passing_pc; /* the armed address and time at which it is passed */
unsigned host_resumptions;

static const int64_t everything = (int64_t)1 << 54;

uint64_t runloop_tick(void) { return goal - (uint64_t)(CONTEXT->left + stolen); }

/* What translated code notes has its tick relative to the goal. */
static void move_goal(uint64_t tick)
{
    if (instrumentation.lines) {
        linelog_settle(goal);
    }
    if (CONTEXT->hits != 0) {
        host_hits(CONTEXT->hits, goal - CONTEXT->hit_left, CONTEXT->hit_pc);
        CONTEXT->hits = 0;
    }
    goal = tick;
}

void runloop_set_tick(uint64_t tick)
{
    move_goal(tick);
    CONTEXT->left = 0;
    stolen = 0;
    clock_slot->ticks = tick;
}

void runloop_settle(void) { move_goal(goal); }

bool runloop_attention_asked(void) { return runloop_attention; }

bool runloop_steal(void)
{
    if (host_stays()) {
        return true;
    }
    if (stolen == 0) {
        stolen = everything;
        CONTEXT->left -= everything;
    }
    return false;
}

/* Translated code may be between loading and storing context.left (emit_count): then what it has in rcx counts. */
static bool holds_left_in_rcx(const uint8_t *at)
{
    static const uint8_t add[] = {0x48, 0x8D, 0x89};
    return emit_is_left(at, true) || (memcmp(at, add, sizeof add) == 0 && emit_is_left(at - LEFT_BYTES, false));
}

void runloop_ask_attention(uint64_t host_rip, uint64_t *rcx)
{
    const uint8_t *at = (const uint8_t *)host_rip;
    runloop_attention = true;
    if (stolen != 0) {
        return;
    }
    if (cache_is_code(at) && holds_left_in_rcx(at)) {
        stolen = everything;
        *rcx -= (uint64_t)everything;
    } else if (cache_is_code(at) || (at >= (const uint8_t *)enter_resume && at < (const uint8_t *)enter_resume_end)) {
        runloop_steal();
    }
}

static void give_back_stolen(void)
{
    CONTEXT->left += stolen;
    stolen = 0;
}

static void pass_here(void)
{
    passing_tick = runloop_tick();
    passing_pc = CONTEXT->pc;
}

static bool passing(void) { return passing_tick == runloop_tick() && passing_pc == CONTEXT->pc; }

static bool stops_here(void)
{
    bool armed = instrumentation.breaks && armed_at(CONTEXT->pc);
    return armed || (stops_at(CONTEXT->pc) && (int64_t)(CONTEXT->r[RSP] + CONTEXT->line_sp) >= 0);
}

/* ---- where to go on ---- */

static void set_left(uint64_t count)
{
    move_goal(runloop_tick() + count);
    CONTEXT->left = (int64_t)count;
}

static bool look_at_watches(void) /* true: something happened */
{
    unsigned before = host_resumptions;
    if (instrumentation.watches && watch_changed()) {
        host_watch(CONTEXT->last_pc);
    }
    return before != host_resumptions;
}

/* With one block that leads to no other. */
static uint8_t *go_once(struct cache *cache, uint64_t count)
{
    set_left(count);
    const struct block *block = translate_once(cache, CONTEXT->pc, (unsigned)count);
    if (block == NULL) {
        blocks_give_up("the program's code is too far from where translations can be");
        return NULL;
    }
    return block->entry;
}

/* The last stretch: what translated blocks would look for at their beginning is looked for here. NULL: something happened, look again. */
static uint8_t *go_exactly(uint64_t distance)
{
    struct cache *cache = blocks_cache();
    if (cache == cache_private && !passing()) {
        unsigned before = host_resumptions;
        if (!look_at_watches() && stops_here()) {
            host_break();
        }
        if (before == host_resumptions && instrumentation.match == CONTEXT->pc && matcher_is_candidate()) {
            host_match();
        }
        if (before != host_resumptions) {
            return NULL;
        }
    }
    traces_give_up(runloop_tick());
    return go_once(cache, distance < MAX_BLOCK_INSTRUCTIONS ? distance : MAX_BLOCK_INSTRUCTIONS);
}

/* Full speed until shortly before the goal. */
static uint8_t *go_far(const struct exit_record *exit, uint64_t distance)
{
    uint64_t most = distance - FINAL_STRETCH;
    struct cache *cache = blocks_cache();
    if (region_near(CONTEXT->pc) < 0) {
        return go_exactly(distance);
    }
    bool traced = traces_wanted(cache);
    if (traced && traces_follow(cache, exit, CONTEXT->pc, runloop_tick())) {
        return go_once(cache, MAX_BLOCK_INSTRUCTIONS);
    }
    if (exit == NULL || exit->kind == EXIT_TICK || CONTEXT->left <= MAX_TRACE_INSTRUCTIONS || (uint64_t)CONTEXT->left > most) {
        uint64_t patience = traced ? traces_patience(runloop_tick()) : CHUNK;
        set_left(most < patience ? most : patience);
    }
    if (exit == NULL && (instrumentation.filter || instrumentation.calm) && !passing() && look_at_watches()) { /* what system calls and signals stored */
        return NULL;
    }
    if (instrumentation.calm && passing() && !calm_here()) { /* goes on behind the check */
        host_alarm();
        cache = blocks_cache();
    }
    const struct block *block = blocks_find(&cache);
    if (block == NULL) {
        return NULL;
    }
    if (block->count == 0) {
        return go_exactly(distance);
    }
    if (exit != NULL) {
        cache_link(cache, exit, block);
    }
    return passing() ? block->resume : block->entry;
}

static uint8_t *go_on(const struct exit_record *exit)
{
    for (unsigned before = host_resumptions;; before = host_resumptions) {
        uint64_t wanted = host_goal(), now = runloop_tick();
        uint8_t *code = NULL;
        clock_slot->ticks = now;
        if ((code = host_leaves()) != NULL) {
            return code;
        }
        if (runloop_attention) {
            runloop_attention = false;
            host_attention();
            exit = NULL;
        } else if (now >= wanted) {
            host_arrive();
            exit = NULL;
        } else if (wanted - now <= FINAL_STRETCH + MAX_TRACE_INSTRUCTIONS) {
            code = go_exactly(wanted - now);
        } else {
            code = go_far(exit, wanted - now);
        }
        if (host_resumptions != before) {
            pass_here();
        } else if (code != NULL) {
            return code;
        }
        exit = NULL;
    }
}

/* ---- exits ---- */

static void tell(const struct exit_record *exit)
{
    switch (exit->kind) {
    case EXIT_BREAK: host_break(); break;
    case EXIT_MATCH: host_match(); break;
    default: accesses_tell(exit); break;
    }
}

/* Something that is looked for was found at exit->target. True if the program goes on right there. */
static bool goes_on_in_place(const struct exit_record *exit)
{
    unsigned before = host_resumptions;
    CONTEXT->left += exit->adjust; /* 0 at a block's beginning, before it is counted */
    tell(exit);
    if (before == host_resumptions && !runloop_attention) {
        CONTEXT->left -= exit->adjust;
        return true;
    }
    if (before != host_resumptions || exit->kind == EXIT_BREAK || exit->kind == EXIT_MATCH) {
        pass_here();
    }
    return false;
}

uint8_t *runloop_dispatch(const struct exit_record *exit)
{
    give_back_stolen();
    if (exit == NULL) {
        return go_on(NULL);
    }
    CONTEXT->pc = exit->kind == EXIT_INDIRECT || exit->kind == EXIT_CALL ? CONTEXT->miss_target : exit->target;
    switch (exit->kind) {
    case EXIT_TICK: /* behind what is looked for at the block's beginning */
        CONTEXT->left += exit->adjust;
        pass_here();
        break;
    case EXIT_BREAK: case EXIT_MATCH: case EXIT_WATCH: case EXIT_READ: case EXIT_LOAD:
        return goes_on_in_place(exit) ? exit->resume : go_on(NULL);
    case EXIT_ALARM:
        host_alarm(); /* the record is gone with all translations */
        return go_on(NULL);
    case EXIT_SYSCALL: host_syscall(); break;
    case EXIT_CALL: {
        uint8_t *code = host_native_call();
        return code != NULL ? code : go_on(NULL);
    }
    case EXIT_ENVIRONMENT: host_environment(); break;
    case EXIT_STEP:
        CONTEXT->left += exit->adjust;
        host_step();
        break;
    case EXIT_UNSUPPORTED:
        CONTEXT->left += exit->adjust;
        host_unsupported(NULL);
        break;
    case EXIT_NO_CODE: host_no_code(); break;
    default: break;
    }
    return go_on(exit->kind <= EXIT_TICK ? exit : NULL);
}
