/* Traces: where a program spends its time, the blocks of a loop become one, calls and returns in it included. They are counted together, and lead to each other without a jump. */
#ifndef FRED_TRACES_H
#define FRED_TRACES_H

#include <stdbool.h>
#include <stdint.h>

struct cache;
struct exit_record;

/* How many instructions may run until it is looked where the program is. */
uint64_t traces_patience(uint64_t tick);

/* True if there can be traces in the cache: of what may be looked for, only single addresses go together with them. */
bool traces_wanted(const struct cache *cache);

/* The program is about to go on at `pc`, after `exit` (NULL: after something else). True: with one block, executed once; the next is asked for, too. */
bool traces_follow(struct cache *cache, const struct exit_record *exit, uint64_t pc, uint64_t tick);

/* What is followed is given up: the program goes on in another way. */
void traces_give_up(uint64_t tick);

#endif
