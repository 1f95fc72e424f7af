/* Where translations live. Two caches: the plain one only counts and is shared by all processes of a session (what one has translated, all have); the
 * instrumented one also knows this process's breakpoints and watches, and is private (a fork goes on with a copy). */
#ifndef FRED_CODECACHE_H
#define FRED_CODECACHE_H

#include <stdbool.h>
#include <stdint.h>

enum { MAX_BLOCK_INSTRUCTIONS = 64, MAX_TRACE_INSTRUCTIONS = 127 /* what a byte counts */, MAX_BLOCK_BYTES = 64 * 1024, MAX_BLOCKS = 1 << 19, CACHE_HASH = 1 << 16 };

/* Code made at run time. A block of it compares this with the memory whenever it is entered, so that all versions of a piece of code can be here side by side. */
struct source {
    uint32_t tags[2]; /* of the pages of its first and last byte (image_tag) */
    uint16_t size;
    uint8_t bytes[];  /* as they are in memory: with breakpoints of ours */
};

struct block {
    uint64_t pc;
    uint8_t *checked;   /* entered by indirect branches: compares the target first */
    uint8_t *entry;
    uint8_t *calm;      /* the same where `needs` (CALM_ bits) hold for certain */
    uint8_t *resume;    /* behind the breakpoint of its first instruction */
    uint8_t *end;       /* of its code ... */
    uint8_t *limit;     /* ... and of all that belongs to it */
    const uint16_t *offsets; /* of each instruction's translation from `checked`, and the end of the last one */
    const uint64_t *pcs;     /* of a trace (traces.h): where each instruction is, and what comes behind; NULL: one behind the other */
    const struct source *source; /* what it was made from, if that may change; NULL: it is right as long as it is here */
    uint32_t next;      /* index + 1 of the next block with this hash */
    uint16_t count;     /* instructions */
    uint8_t needs;
};

/* Where the block is entered if these CALM_ bits hold. */
static inline const uint8_t *block_entry(const struct block *block, unsigned kept) { return (block->needs & ~kept) == 0 ? block->calm : block->entry; }

struct cache;
extern struct cache *cache_plain, *cache_private;

/* Reserves the caches' memory: near the executable (which contains `entry`), near the libraries, and below 2 GiB. Called once. 0 or -errno. */
int cache_init(uint64_t entry);

/* The block that begins at pc and is right for what is there now, NULL if there is none. */
struct block *cache_find(struct cache *cache, uint64_t pc);
/* How many blocks begin at pc, right or not. */
unsigned cache_versions(const struct cache *cache, uint64_t pc);

/* Room for one more block near pc: where its code may begin, MAX_BLOCK_BYTES at least, with what belongs to it. NULL: the cache is full, or nothing can be near pc. Takes the cache's lock. */
uint8_t *cache_begin(struct cache *cache, uint64_t pc);
/* Publishes the block and gives the lock back; without a block only the latter. */
struct block *cache_end(struct cache *cache, const struct block *block);

struct exit_record;
/* Makes the exit, through which the block was come to, lead there at once from now on, if it may. */
void cache_link(struct cache *cache, const struct exit_record *exit, const struct block *block);

/* Whoever comes to the old block goes on in the new one, of the same pc, from now on; also who is about to. */
void cache_replace(const struct block *old, const struct block *new);

/* Makes `index` of the table of indirect branches lead to the block. */
void cache_enter(struct cache *cache, uint64_t pc, const struct block *block);
/* Address of that table; its entries are `checked` addresses, by the low 16 bits of the target. */
int32_t cache_table(const struct cache *cache);

/* Room for a block that is executed once, near pc; of its end, from SCRATCH_STUBS on, the program's patches may take what they need. */
enum { SCRATCH_STUBS = 512 * 1024, SCRATCH_STUB_BYTES = 512 * 1024 };
uint8_t *cache_scratch(uint64_t pc);

/* True for an address in any arena, or in this cache's. */
bool cache_is_code(const uint8_t *host);
bool cache_owns(const struct cache *cache, const uint8_t *host);
bool cache_is_empty(const struct cache *cache);

/* Empties the private cache. */
void cache_flush(void);

/* Nobody adds to the plain cache until it is let go. In a copy the latter will do. */
void cache_hold(void);
void cache_let_go(void);

/* The block whose code (also scratch code) contains `host`, or NULL. */
const struct block *cache_find_code(const uint8_t *host);
/* Remembers the block in the scratch area for cache_find_code. */
void cache_note_scratch(const struct block *block);

/* Touches what is in use at once: a fork that runs would otherwise fault page by page. */
void cache_populate(void);

#endif
