/* Interned texts in a static arena: libfred may not allocate from the program's heap (see clock.c). */
#include "names.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { ARENA_BYTES = 16 << 20, TABLE_SIZE = 1 << 16 };

static char arena[ARENA_BYTES];
static size_t arena_used;
static const char *table[TABLE_SIZE];
static uint32_t table_used;

const char *names_intern(const char *text)
{
    uint32_t hash = 2166136261u;
    for (const char *p = text; *p != '\0'; p++) {
        hash = (hash ^ (unsigned char)*p) * 16777619u;
    }
    uint32_t at = hash % TABLE_SIZE;
    while (table[at] != NULL) {
        if (strcmp(table[at], text) == 0) {
            return table[at];
        }
        at = (at + 1) % TABLE_SIZE;
    }
    size_t size = strlen(text) + 1;
    if (table_used + 1 == TABLE_SIZE || size > ARENA_BYTES - arena_used) {
        return NULL;
    }
    char *copy = arena + arena_used;
    memcpy(copy, text, size);
    arena_used += size;
    table[at] = copy;
    table_used++;
    return copy;
}
