/* Which traces to make costs nothing to find out: now and then the run is interrupted, most often where it spends most of its time. From there on the program is followed block by block until it comes back to
 * where it has been; so what is made is a path that it did take (the "next executing tail" of Dynamo, with samples in the place of its counters: Bala, Duesterwald, Banerjia 2000).
 * Where indirect branches are on the path it is followed for a while longer, to see which of them lead to various places. */
#include "traces.h"

#include <stddef.h>

#include "codecache.h"
#include "translator.h"

enum { MAX_PATH = 48, LONGER = 24 /* blocks */, OFTEN = 1 << 14, SELDOM = 1 << 20 /* instructions between two looks */, MAX_WAYS = 256 };

/* Where the block at `from` has led. */
static struct way {
    uint64_t from, to;
    bool varies;
} ways[MAX_WAYS];

static struct {
    struct passed path[MAX_PATH + 1]; /* the last one is where it went on */
    unsigned length, first;         /* of the path so far, 0: nothing is followed; where the loop in it begins */
    unsigned left;                  /* the path is complete, and followed for so many blocks more */
    bool indirect;
    uint64_t last;                  /* the block that was executed */
} followed;

static uint64_t looked, due, interval = OFTEN;
static uint64_t in_vain[MAX_WAYS]; /* where paths began that were no gain */

uint64_t traces_patience(uint64_t tick)
{
    if (tick < looked) { /* another moment of the program's */
        looked = tick;
        due = tick + interval;
    }
    return due > tick + MAX_TRACE_INSTRUCTIONS ? due - tick : MAX_TRACE_INSTRUCTIONS + 1;
}

static unsigned hash_of(uint64_t pc) { return (unsigned)((pc * 0x9E3779B97F4A7C15u) >> 56); }

static struct way *way_of(uint64_t from) { return &ways[hash_of(from)]; }

static void note_way(uint64_t from, uint64_t to)
{
    struct way *way = way_of(from);
    if (way->from != from) {
        *way = (struct way){from, to, false};
    } else if (way->to != to) {
        way->varies = true;
    }
}

/* There is nothing to follow from here. */
static bool is_known(struct cache *cache, uint64_t pc)
{
    const struct block *block = cache_find(cache, pc);
    return in_vain[hash_of(pc)] == pc || (block != NULL && block->pcs != NULL);
}

static void look_again(uint64_t tick, bool found)
{
    interval = found ? interval / 2 : interval * 2;
    interval = interval < OFTEN ? OFTEN : interval > SELDOM ? SELDOM : interval;
    looked = tick;
    due = tick + interval;
    followed.length = followed.left = 0;
    followed.indirect = false;
}

static void make_trace(struct cache *cache, uint64_t tick)
{
    for (unsigned i = followed.first; i < followed.length; i++) {
        const struct way *way = way_of(followed.path[i].pc);
        followed.path[i].varies = way->from == followed.path[i].pc && way->varies;
    }
    bool made = translate_trace(cache, followed.path + followed.first, followed.length - followed.first);
    if (!made) {
        in_vain[hash_of(followed.path[0].pc)] = followed.path[0].pc;
    }
    look_again(tick, made);
}

bool traces_wanted(const struct cache *cache)
{
    const struct instrumentation *looks = &instrumentation;
    return cache == cache_plain || !(looks->watches || looks->loads || looks->lines || looks->line_stops);
}

void traces_give_up(uint64_t tick)
{
    if (followed.length > 0) {
        look_again(tick, false);
    }
}

/* The path goes on at pc. True: it is not complete. */
static bool goes_on(struct cache *cache, uint64_t pc, uint64_t tick)
{
    unsigned first = 0;
    while (first < followed.length && followed.path[first].pc != pc) {
        first++;
    }
    bool loops = first < followed.length;
    followed.path[followed.length].pc = pc;
    if (!loops && followed.length < MAX_PATH && !(followed.length == 0 && is_known(cache, pc))) {
        followed.length++;
        return true;
    }
    followed.first = loops && !is_known(cache, pc) ? first : 0; /* a loop that is known: this is a way into it */
    if (followed.length == 0) {
        look_again(tick, false);
    } else if (followed.indirect) {
        followed.left = LONGER;
    } else {
        make_trace(cache, tick);
    }
    return followed.left > 0;
}

bool traces_follow(struct cache *cache, const struct exit_record *exit, uint64_t pc, uint64_t tick)
{
    if (exit == NULL || (cache == cache_private && is_looked_for(pc))) {
        traces_give_up(tick);
        return false;
    }
    if (followed.length == 0 && (exit->kind != EXIT_TICK || tick + MAX_TRACE_INSTRUCTIONS < due)) {
        return false;
    }
    if (followed.length > 0) {
        note_way(followed.last, pc);
        followed.indirect |= exit->kind == EXIT_INDIRECT;
    }
    followed.last = pc;
    if (followed.left == 0) {
        return goes_on(cache, pc, tick);
    }
    if (--followed.left == 0) {
        make_trace(cache, tick);
    }
    return followed.left > 0;
}
