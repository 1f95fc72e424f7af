/* The hard part is that nobody knows who has written a byte, the program or somebody else. It does not matter: a replica that gets at a system call what is there in the real memory has what it wrote
 * itself, too. So values are right behind each system call, and for a program that learns by one that there is something to read (by waiting, a pipe, a lock that it had to wait for). */
#include "views.h"

#include <string.h>
#include <sys/mman.h>

#include "log.h"
#include "raw.h"
#include "session.h"

enum { MAX_VIEWS = 32, MAX_LENGTH = 64 * 1024, MAX_TOTAL = 128 * 1024, BLOCK_WORDS = 512, PAGE = 4096 };

/* Among libfred's own (program/init.c). */
#define TWIN_ADDRESS 0x7ec000000000

static struct view {
    volatile uint64_t *real; /* NULL: not used */
    uint64_t *twin;          /* what replicas have there */
    uint64_t words;
} views[MAX_VIEWS];

static uint64_t total; /* bytes */
static bool chosen, begun, recording;

void views_choose(void) { chosen = true; }
bool views_wanted(void) { return chosen; }

/* ---- looking ---- */

static void record(const struct view *view, uint64_t from, uint64_t to)
{
    if (!recording) {
        log_begin(LOG_SHARED, 0, 0, RECORD_IN_CALL);
        recording = true;
    }
    log_data((uint64_t)(uintptr_t)(view->real + from), view->twin + from, (to - from) * sizeof(uint64_t));
}

/* Others may write meanwhile: what is recorded is what was read once. */
static void look_at_block(struct view *view, uint64_t from, uint64_t to)
{
    uint64_t first = to, behind = to;
    for (uint64_t i = from; i < to; i++) {
        uint64_t real = view->real[i];
        if (real != view->twin[i]) {
            view->twin[i] = real;
            first = first == to ? i : first;
            behind = i + 1;
        }
    }
    if (first != to) {
        record(view, first, behind);
    }
}

void views_look(void)
{
    if (!begun || total == 0 || session.mode != MODE_RECORD) {
        return;
    }
    recording = false;
    for (int n = 0; n < MAX_VIEWS; n++) {
        for (uint64_t at = 0; views[n].real != NULL && at < views[n].words; at += BLOCK_WORDS) {
            uint64_t end = at + BLOCK_WORDS < views[n].words ? at + BLOCK_WORDS : views[n].words;
            if (memcmp((const void *)(views[n].real + at), views[n].twin + at, (end - at) * sizeof(uint64_t)) != 0) {
                look_at_block(&views[n], at, end);
            }
        }
    }
    if (recording) {
        log_end();
    }
}

/* ---- beginning and ending ---- */

/* Until there is somebody else, all that was written are the program's own stores, which replicas repeat. */
void views_become_live(void)
{
    for (int n = 0; n < MAX_VIEWS; n++) {
        if (views[n].real != NULL) {
            memcpy(views[n].twin, (const void *)views[n].real, views[n].words * sizeof(uint64_t));
        }
    }
}

void views_begin(void)
{
    if (!begun) {
        views_become_live();
    }
    begun = true;
}

bool views_take(int64_t address, int64_t length)
{
    if (!chosen || length <= 0 || length > MAX_LENGTH || total + (uint64_t)length > MAX_TOTAL) {
        return false;
    }
    int n = 0;
    while (n < MAX_VIEWS && views[n].real != NULL) {
        n++;
    }
    uint64_t *twin = (uint64_t *)(TWIN_ADDRESS + (uint64_t)n * MAX_LENGTH);
    if (n == MAX_VIEWS || RAW(SYS_mmap, twin, MAX_LENGTH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != (int64_t)(uintptr_t)twin) {
        return false;
    }
    views[n] = (struct view){(volatile uint64_t *)address, twin, (uint64_t)length / sizeof(uint64_t)};
    total += views[n].words * sizeof(uint64_t);
    memcpy(twin, (const void *)address, views[n].words * sizeof(uint64_t));
    return true;
}

void views_forget(int64_t address, int64_t length)
{
    for (int n = 0; n < MAX_VIEWS; n++) {
        int64_t start = (int64_t)(uintptr_t)views[n].real, end = start + (int64_t)(views[n].words * sizeof(uint64_t));
        if (start != 0 && address < end && address + length > start) {
            RAW(SYS_munmap, views[n].twin, MAX_LENGTH);
            total -= views[n].words * sizeof(uint64_t);
            views[n].real = NULL;
        }
    }
}
