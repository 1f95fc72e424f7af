#include "blocks.h"

#include "context.h"
#include "image.h"
#include "runloop.h"

static bool stay_private;

void runloop_stay_private(void) { stay_private = true; }

void runloop_code_changes(uint64_t start, uint64_t length)
{
    if (image_change(start, length)) {
        cache_flush();
        stay_private = true;
    }
}

struct cache *blocks_cache(void) { return stay_private || host_instrumented() ? cache_private : cache_plain; }

void blocks_give_up(const char *why)
{
    uint8_t byte;
    size_t copied;
    if (image_read(CONTEXT->pc, &byte, 1, &copied) == IMAGE_NONE) {
        host_no_code();
    } else if (!host_step_far()) {
        host_unsupported(why);
    }
}

const struct block *blocks_find(struct cache **cache)
{
    const char *why = NULL;
    const struct block *block = translate(*cache, CONTEXT->pc, &why);
    if (block == NULL && *cache == cache_plain) {
        stay_private = true;
        *cache = cache_private;
        block = translate(*cache, CONTEXT->pc, &why);
    }
    if (block == NULL && !cache_is_empty(cache_private)) {
        cache_flush();
        block = translate(*cache, CONTEXT->pc, &why);
    }
    if (block == NULL) {
        blocks_give_up(why);
    }
    return block;
}
