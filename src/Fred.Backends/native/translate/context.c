#include "context.h"

#include <cpuid.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "enter.h"
#include "raw.h"

_Static_assert(offsetof(struct context, rflags) == CONTEXT_RFLAGS, "as in enter.S");
_Static_assert(offsetof(struct context, pc) == CONTEXT_PC, "as in enter.S");
_Static_assert(offsetof(struct context, stack) == CONTEXT_STACK, "as in enter.S");
_Static_assert(offsetof(struct context, jump) == CONTEXT_JUMP, "as in enter.S");
_Static_assert(offsetof(struct context, vector_mask) == CONTEXT_VECTOR_MASK, "as in enter.S");
_Static_assert(offsetof(struct context, miss_target) == CONTEXT_MISS_TARGET, "as in enter.S");
_Static_assert(offsetof(struct context, miss_index) == CONTEXT_MISS_INDEX, "as in enter.S");
_Static_assert(offsetof(struct context, rcx) == CONTEXT_RCX, "as in enter.S");
_Static_assert(offsetof(struct context, rdx) == CONTEXT_RDX, "as in enter.S");
_Static_assert(offsetof(struct context, vectors) == CONTEXT_VECTORS, "as in enter.S");
_Static_assert(sizeof(struct context) <= CONTEXT_XSAVE, "the context is one page");

/* x87, SSE, AVX and the three parts of AVX-512: what a program computes with. Not protection keys, which would lock us out. */
enum { WANTED_VECTORS = 0xE7 };

static uint64_t enabled_vectors(void)
{
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    (void)high;
    return low & WANTED_VECTORS;
}

int context_map(void)
{
    int64_t at = RAW(SYS_mmap, CONTEXT_ADDRESS, CONTEXT_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (at != CONTEXT_ADDRESS) {
        return at < 0 ? (int)at : -1;
    }
    CONTEXT->stack = CONTEXT_ADDRESS + CONTEXT_BYTES - 64;
    CONTEXT->vector_mask = enabled_vectors();
    CONTEXT->vectors = VECTORS_CHANGED; /* the program begins with empty ones */
    CONTEXT->exit = (uint64_t)(uintptr_t)enter_exit;
    CONTEXT->miss = (uint64_t)(uintptr_t)enter_miss;
    CONTEXT->call = (uint64_t)(uintptr_t)enter_call;
    CONTEXT->not_me = (uint64_t)(uintptr_t)enter_not_me;
    return 0;
}
