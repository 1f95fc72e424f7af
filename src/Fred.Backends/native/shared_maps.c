#include "shared_maps.h"

#include <sys/mman.h>
#include <sys/uio.h>

#include "calls.h"
#include "control.h"
#include "mirrors.h"
#include "raw.h"
#include "session.h"
#include "views.h"

enum { MAX_SHARED = 256, PAGE = 4096 };

static struct { uint64_t start, length; } shared[MAX_SHARED]; /* live ones */
static int count;
static bool happened; /* or so it may be: in a replica what may change is not known */
static enum { NOTHING, VIEWED, UNRECORDED } for_children;

static uint64_t pages(uint64_t length) { return (length + PAGE - 1) & ~(uint64_t)(PAGE - 1); }

void shared_maps_note(int64_t start, int64_t length)
{
    if (count < MAX_SHARED) {
        shared[count].start = (uint64_t)start;
        shared[count++].length = pages((uint64_t)length);
    }
}

void shared_maps_forget(int64_t from, int64_t length)
{
    uint64_t start = (uint64_t)from, end = start + pages((uint64_t)length);
    for (int i = 0; i < count; i++) {
        if (start <= shared[i].start && end >= shared[i].start + shared[i].length) {
            shared[i--] = shared[--count];
        }
    }
}

int64_t shared_maps_length(int64_t start)
{
    int i = 0;
    while (i < count && shared[i].start != (uint64_t)start) {
        i++;
    }
    return i < count ? (int64_t)shared[i].length : 0;
}

void shared_maps_give_back(int64_t address, int64_t length)
{
    mirrors_give_back(address, length, shared_maps_note);
    views_forget(address, length);
}

bool memory_is_shared(const void *address)
{
    uint64_t at = (uint64_t)(uintptr_t)address;
    for (int i = 0; i < count; i++) {
        if (at >= shared[i].start && at - shared[i].start < shared[i].length) {
            return true;
        }
    }
    return count == MAX_SHARED;
}

bool memory_ever_shared(void) { return happened; }

bool memory_has_shared(void) { return session.mode == MODE_RECORD && count > 0; }

/* Gives each other memory with the same contents. */
static void replace_all(int64_t sharing)
{
    int64_t self = RAW(SYS_getpid);
    for (int i = 0; i < count; i++) {
        uint64_t length = shared[i].length;
        int64_t copy = RAW(SYS_mmap, 0, length, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS, -1, 0);
        struct iovec to = {(void *)copy, length}, from = {(void *)shared[i].start, length};
        if (copy < 0 && copy > -PAGE) {
            continue;
        }
        RAW(SYS_process_vm_readv, self, &to, 1, &from, 1, 0); /* stops at the end of a short file instead of faulting */
        RAW(SYS_mremap, copy, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, shared[i].start);
    }
}

void memory_make_private(void) { replace_all(MAP_PRIVATE); }

void shared_maps_become_live(void)
{
    replace_all(MAP_SHARED);
    views_become_live();
}

void shared_maps_happened(void) { happened = true; }

/* ---- what is not recorded ---- */

static void tell(bool viewed)
{
    static bool told[2];
    if (!told[viewed]) {
        told[viewed] = true;
        control_notice(viewed ? "the program shares memory with other processes; what they write there is recorded at its system calls, so what it reads between two of them may be shown as it was before"
                              : "the program shares memory with other processes; what they write there is not recorded, so values that it reads from there may be shown wrongly in the past");
    }
}

/* It begins to matter at once for what has a name, which another process may know, else when there is another process. */
void shared_maps_not_mirrored(bool anonymous, bool viewed)
{
    if (!anonymous) {
        tell(viewed);
        views_begin();
    } else if (for_children != UNRECORDED) {
        for_children = viewed ? VIEWED : UNRECORDED;
    }
}

void shared_maps_before_fork(void)
{
    if (for_children != NOTHING) {
        tell(for_children == VIEWED);
        views_begin();
    }
}
