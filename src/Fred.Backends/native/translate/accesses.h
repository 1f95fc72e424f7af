/* Which memory translated code stores to and loads from. An address is worked out before the instruction, and looked up after it in a table with a byte for every 16 bytes
 * of memory (by the low 20 bits of the address): not zero where watched memory is near. So what is watched may be much and change often, and the code stays as it is. */
#ifndef FRED_ACCESSES_H
#define FRED_ACCESSES_H

#include <stdint.h>
#include "context.h"

#define STORE_MARKS_ADDRESS (CONTEXT_ADDRESS + 0x10000)
#define LOAD_MARKS_ADDRESS (CONTEXT_ADDRESS + 0x30000)
#define ANYWHERE UINT64_MAX /* context.store_at and load_at: the address is not known */

enum { GRANULE_BITS = 4, GRANULES = 1 << 16 };

/* Accesses to [address, address + length) are to be noticed: `kind` is an enum watch_kind. */
void accesses_mark(uint64_t address, uint64_t length, int kind);
void accesses_clear(void);

struct exit_record;
/* Tells the rest of libfred what an exit for watched memory, or for reads that are noted, is about. */
void accesses_tell(const struct exit_record *exit);

#endif
