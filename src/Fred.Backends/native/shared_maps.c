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

/* Other memory with the same contents. */
static int64_t copy(int i, int64_t sharing)
{
    uint64_t length = shared[i].length;
    int64_t copy = RAW(SYS_mmap, 0, length, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS, -1, 0);
    struct iovec to = {(void *)copy, length}, from = {(void *)shared[i].start, length};
    if (copy > 0) {
        RAW(SYS_process_vm_readv, RAW(SYS_getpid), &to, 1, &from, 1, 0); /* stops at the end of a short file instead of faulting */
    }
    return copy;
}

static void put(int i, int64_t copy) { RAW(SYS_mremap, copy, shared[i].length, shared[i].length, MREMAP_MAYMOVE | MREMAP_FIXED, shared[i].start); }

static void replace_all(int64_t sharing)
{
    for (int i = 0; i < count; i++) {
        int64_t other = copy(i, sharing);
        if (other > 0) {
            put(i, other);
        }
    }
}

void memory_make_private(void) { replace_all(MAP_PRIVATE); }

void shared_maps_become_live(void)
{
    replace_all(MAP_SHARED);
    views_become_live();
}

void shared_maps_happened(void) { happened = true; }

/* ---- images ---- */

static int64_t copies[MAX_SHARED];
static bool asked;

static void drop_copies(int limit)
{
    for (int i = 0; i < limit; i++) {
        RAW(SYS_munmap, copies[i], shared[i].length);
    }
}

bool shared_maps_copy(void)
{
    asked = false;
    for (int i = 0; i < count; i++) {
        copies[i] = copy(i, MAP_PRIVATE);
        if (copies[i] < 0) {
            drop_copies(i);
            return false;
        }
    }
    return count < MAX_SHARED;
}

int shared_maps_leave_out(const void *area)
{
    uint64_t start = *(const uint64_t *)area;
    asked = true;
    return mirrors_have(start) || (count < MAX_SHARED && memory_is_shared((void *)start));
}

bool shared_maps_left_out(void)
{
    drop_copies(count);
    return asked || (count == 0 && !mirrors_exist());
}

void shared_maps_come_back(void)
{
    for (int i = 0; i < count; i++) {
        put(i, copies[i]);
    }
}

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
