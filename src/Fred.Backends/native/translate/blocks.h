/* Which translations a process uses, and where the next block comes from. */
#ifndef FRED_BLOCKS_H
#define FRED_BLOCKS_H

#include "codecache.h"
#include "translator.h"

/* The cache for what is looked for now. */
struct cache *blocks_cache(void);

/* The block at context.pc, as translate() has it; the other cache is taken where this one is full. NULL: blocks_give_up has been called. */
const struct block *blocks_find(struct cache **cache);

/* There is no translation for context.pc: a fault, where nothing may be executed; else the instruction is executed where it is, or the program stops for good, because of `why`. */
void blocks_give_up(const char *why);

#endif
