/* The hard part is sharing. Each cache has an arena in each of three regions (regions.h). The plain cache is written by several processes: blocks are added under a lock
 * (which a killed process may leave behind), and become visible by single stores, the last thing that happens. */
#include "codecache.h"

#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "enter.h"
#include "image.h"
#include "raw.h"
#include "regions.h"

enum { POPULATE_BYTES = 128 * 1024, TABLE_BYTES = CACHE_HASH * 8, LOOKED_AT = 64 /* versions; an older one is made again */ };

#define TABLE_ADDRESS 0x70200000       /* plain, then private: below 2 GiB for the indexed jump */
#define CACHE_ADDRESS 0x7e1000000000   /* like the control page, far from anything the kernel chooses */

struct arena {
    uint8_t *start, *next, *populated, *end;
};

struct cache {
    uint32_t lock; /* pid of the owner, 0: free */
    uint32_t count;
    bool shared;
    uint8_t *open;      /* what cache_begin gave out */
    struct arena *arena; /* ... and from where */
    struct arena arenas[REGIONS];
    uint64_t *table;
    uint32_t heads[CACHE_HASH];
    struct block blocks[MAX_BLOCKS];
};

struct cache *cache_plain, *cache_private;
static struct block scratch_block;

static uint32_t hash_of(uint64_t pc) { return (uint32_t)((pc * 0x9E3779B97F4A7C15u) >> 48); }

/* ---- memory ---- */

static struct cache *map_cache(uint64_t address, bool shared, uint64_t table)
{
    int flags = (shared ? MAP_SHARED : MAP_PRIVATE) | MAP_FIXED_NOREPLACE;
    struct cache *cache = regions_map(address, sizeof(struct cache), PROT_READ | PROT_WRITE, flags);
    if (cache == NULL || regions_map(table, TABLE_BYTES, PROT_READ | PROT_WRITE, flags) == NULL) {
        return NULL;
    }
    cache->shared = shared;
    cache->table = (uint64_t *)table;
    for (int i = 0; i < REGIONS; i++) {
        uint8_t *start = regions[i] == NULL ? NULL : regions[i] + (shared ? 0 : ARENA_BYTES);
        cache->arenas[i] = (struct arena){start, start, start, start == NULL ? NULL : start + ARENA_BYTES};
    }
    return cache;
}

static void clear_table(struct cache *cache)
{
    regions_populate(cache->table, TABLE_BYTES);
    for (int i = 0; i < CACHE_HASH; i++) {
        cache->table[i] = (uint64_t)(uintptr_t)enter_miss;
    }
}

int cache_init(uint64_t entry)
{
    bool reserved = regions_reserve(entry);
    cache_plain = map_cache(CACHE_ADDRESS, true, TABLE_ADDRESS);
    cache_private = map_cache(CACHE_ADDRESS + (sizeof(struct cache) + 2 * MIB) / MIB * MIB, false, TABLE_ADDRESS + TABLE_BYTES);
    if (!reserved || cache_plain == NULL || cache_private == NULL) {
        return -ENOMEM;
    }
    clear_table(cache_plain);
    clear_table(cache_private);
    return 0;
}

bool cache_is_code(const uint8_t *host)
{
    for (int i = 0; i < REGIONS; i++) {
        if (regions[i] != NULL && host >= regions[i] && host < regions[i] + REGION_BYTES) {
            return true;
        }
    }
    return false;
}

bool cache_owns(const struct cache *cache, const uint8_t *host)
{
    for (int i = 0; i < REGIONS; i++) {
        if (host >= cache->arenas[i].start && host < cache->arenas[i].end) {
            return true;
        }
    }
    return false;
}

bool cache_is_empty(const struct cache *cache) { return cache->count == 0; }

/* ---- lookup ---- */

/* The newest block with pc's hash, and from there to older ones. */
static struct block *newest(const struct cache *cache, uint64_t pc)
{
    uint32_t index = __atomic_load_n(&cache->heads[hash_of(pc)], __ATOMIC_ACQUIRE);
    return index == 0 ? NULL : (struct block *)&cache->blocks[index - 1];
}

static struct block *older(const struct cache *cache, const struct block *block) { return block->next == 0 ? NULL : (struct block *)&cache->blocks[block->next - 1]; }

static bool is_right(const struct block *block)
{
    const struct source *source = block->source;
    return source == NULL || (image_tag(block->pc) == source->tags[0] && image_tag(block->pc + source->size - 1) == source->tags[1]
        && memcmp(source->bytes, (const void *)block->pc, source->size) == 0);
}

struct block *cache_find(struct cache *cache, uint64_t pc)
{
    unsigned left = LOOKED_AT;
    for (struct block *block = newest(cache, pc); block != NULL && left > 0; block = older(cache, block)) {
        if (block->pc == pc && is_right(block)) {
            return block;
        }
        left -= block->pc == pc;
    }
    return NULL;
}

unsigned cache_versions(const struct cache *cache, uint64_t pc)
{
    unsigned count = 0;
    for (const struct block *block = newest(cache, pc); block != NULL && count < LOOKED_AT; block = older(cache, block)) {
        count += block->pc == pc;
    }
    return count;
}

void cache_enter(struct cache *cache, uint64_t pc, const struct block *block) { cache->table[pc & (CACHE_HASH - 1)] = (uint64_t)(uintptr_t)block->checked; }

int32_t cache_table(const struct cache *cache) { return (int32_t)(uintptr_t)cache->table; }

static const struct block *find_in(const struct cache *cache, const uint8_t *host)
{
    for (uint32_t i = 0; i < cache->count; i++) {
        if (host >= cache->blocks[i].checked && host < cache->blocks[i].end) {
            return &cache->blocks[i];
        }
    }
    return NULL;
}

const struct block *cache_find_code(const uint8_t *host)
{
    if (scratch_block.pc != 0 && host >= scratch_block.checked && host < scratch_block.end) {
        return &scratch_block;
    }
    const struct block *block = find_in(cache_private, host);
    return block != NULL ? block : find_in(cache_plain, host);
}

void cache_note_scratch(const struct block *block) { scratch_block = *block; }

/* ---- adding ---- */

static void lock(struct cache *cache)
{
    static const struct timespec patience = {0, 20000000};
    if (!cache->shared) {
        return;
    }
    uint32_t self = (uint32_t)RAW(SYS_getpid), owner = 0;
    while (!__atomic_compare_exchange_n(&cache->lock, &owner, self, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        bool dead = owner == self || RAW(SYS_tgkill, owner, owner, 0) == -ESRCH; /* killed while it had the lock: nothing of its block was visible yet */
        if (dead && __atomic_compare_exchange_n(&cache->lock, &owner, self, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
            return;
        }
        RAW(SYS_futex, &cache->lock, FUTEX_WAIT, owner, &patience);
        owner = 0;
    }
}

static void unlock(struct cache *cache)
{
    if (cache->shared) {
        __atomic_store_n(&cache->lock, 0, __ATOMIC_RELEASE);
        RAW(SYS_futex, &cache->lock, FUTEX_WAKE, 1);
    }
}

void cache_hold(void) { lock(cache_plain); }
void cache_let_go(void) { unlock(cache_plain); }

uint8_t *cache_begin(struct cache *cache, uint64_t pc)
{
    int region = region_near(pc);
    if (region < 0) {
        return NULL;
    }
    lock(cache);
    struct arena *arena = &cache->arenas[region];
    if (cache->count == MAX_BLOCKS || arena->end - arena->next < MAX_BLOCK_BYTES) {
        unlock(cache);
        return NULL;
    }
    if (arena->next + MAX_BLOCK_BYTES / 4 > arena->populated) {
        regions_populate(arena->populated, POPULATE_BYTES);
        arena->populated += POPULATE_BYTES;
    }
    cache->arena = arena;
    cache->open = (uint8_t *)(((uintptr_t)arena->next + 15) & ~(uintptr_t)15);
    return cache->open;
}

struct block *cache_end(struct cache *cache, const struct block *block)
{
    struct block *added = NULL;
    if (block != NULL) {
        uint32_t hash = hash_of(block->pc), index = cache->count;
        added = &cache->blocks[index];
        *added = *block;
        added->next = cache->heads[hash];
        cache->arena->next = block->limit;
        cache->count = index + 1;
        __atomic_store_n(&cache->heads[hash], index + 1, __ATOMIC_RELEASE);
        cache_enter(cache, block->pc, added);
    }
    unlock(cache);
    return added;
}

/* ---- the rest ---- */

uint8_t *cache_scratch(uint64_t pc)
{
    int region = region_near(pc);
    return region < 0 ? NULL : regions[region] + 2 * ARENA_BYTES;
}

void cache_flush(void)
{
    struct cache *cache = cache_private;
    if (cache->count == 0) {
        return;
    }
    RAW(SYS_madvise, cache->table, TABLE_BYTES, MADV_DONTNEED); /* pages shared with a parent are not worth copying */
    memset(cache->heads, 0, sizeof cache->heads);
    clear_table(cache);
    cache->count = 0;
    for (int i = 0; i < REGIONS; i++) {
        struct arena *arena = &cache->arenas[i];
        if (arena->populated > arena->start) {
            RAW(SYS_madvise, arena->start, arena->populated - arena->start, MADV_DONTNEED);
        }
        arena->next = arena->populated = arena->start;
    }
}

void cache_populate(void)
{
    for (int i = 0; i < REGIONS; i++) {
        struct arena *arena = &cache_plain->arenas[i];
        if (arena->next > arena->start) {
            regions_populate(arena->start, (uint64_t)(arena->next - arena->start));
        }
    }
    regions_populate(cache_plain->table, TABLE_BYTES);
}
