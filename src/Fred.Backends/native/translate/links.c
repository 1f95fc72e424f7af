/* Block to block. What is changed here another process may be executing at the same time: so it is one store each, of a displacement within a cache line, or of an aligned word. */
#include <string.h>

#include "codecache.h"
#include "emit.h"
#include "translator.h"

enum { VERSIONS_LINKED = 8 };

/* An outdated block may lead to a newer one, never to an older: they would go round in a circle where none is right. Nor is the way through many of them worth it. */
static bool is_newer(const struct cache *cache, const struct block *block, const uint8_t *outdated)
{
    return block->checked > outdated && cache_versions(cache, block->pc) <= VERSIONS_LINKED;
}

void cache_link(struct cache *cache, const struct exit_record *exit, const struct block *block)
{
    bool leads_on = exit->kind == EXIT_DIRECT || (exit->kind == EXIT_STALE && is_newer(cache, block, exit->link));
    if (leads_on && exit->link != NULL && cache_owns(cache, exit->link)) {
        const uint8_t *entry = block_entry(block, exit->kept);
        int64_t distance = entry - (exit->link + 4);
        if (exit->far) {
            __atomic_store_n((uint64_t *)(void *)exit->link, (uint64_t)(uintptr_t)entry, __ATOMIC_RELEASE);
        } else if (distance == (int32_t)distance) {
            emit_point(exit->link, entry);
        }
    } else if (exit->kind == EXIT_INDIRECT || exit->kind == EXIT_STALE) {
        cache_enter(cache, block->pc, block);
    }
}

void cache_replace(const struct block *old, const struct block *new)
{
    enum { JUMP_BYTES = 5 };
    uint8_t bytes[sizeof(uint64_t)];
    struct emitter out = {bytes};
    int64_t distance = new->entry - (old->entry + JUMP_BYTES);
    if ((uintptr_t)old->entry % sizeof bytes != 0 || distance != (int32_t)distance) {
        return;
    }
    memcpy(bytes, old->entry, sizeof bytes);
    emit8(&out, 0xE9);
    emit32(&out, (uint32_t)distance);
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    __atomic_store_n((uint64_t *)(void *)old->entry, word, __ATOMIC_RELEASE); /* one aligned store over its first instruction, which is not shorter: nobody stands inside it */
}
