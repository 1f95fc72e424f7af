/* Three states of each byte are compared: what the program sees, what it was when both were last in step (the twin), and the real memory. Where the first two differ the program has
 * written, else where the last differs somebody else has. So a program that orders its accesses (by locks, pipes, waiting for a process) finds what it would find without Fred,
 * and one that does not finds something that it might have found. Words are taken whole, so that no number is torn. */
#include "mirrors.h"

#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "clock.h"
#include "log.h"
#include "raw.h"
#include "session.h"

enum { MAX_MIRRORS = 64, MAX_LENGTH = 256 * 1024, MAX_TOTAL = 512 * 1024, PAGE = 4096, BLOCK = 4096, GAP_WORDS = 2, STEP_NS = 1000000, FIRST_LOOK = 4 };

/* Far from everything the program maps: its addresses must not depend on this. */
#define REAL_ADDRESS 0x7c0000000000

struct mirror {
    uint64_t *seen;       /* by the program, at its address; NULL: not used */
    uint64_t *real, *twin;
    uint64_t length;      /* whole words */
    uint64_t mapped;      /* whole pages */
};

static struct mirror mirrors[MAX_MIRRORS];
static int used; /* places below this one have been */
static uint64_t total;
static bool expected;
static int64_t stepped_at, looked_at; /* times */
static uint64_t look_at = UINT64_MAX, look_after;

void mirrors_expect(bool python) { expected = python; }
bool mirrors_exist(void) { return total != 0; }

bool mirrors_have(uint64_t address)
{
    const struct mirror *m = mirrors;
    while (m < mirrors + used && !(m->seen != NULL && address >= (uint64_t)(uintptr_t)m->real && address < (uint64_t)(uintptr_t)m->real + m->mapped)) {
        m++;
    }
    return m < mirrors + used;
}

/* ---- bringing them in step ---- */

static void push_bytes(uint64_t *real, uint64_t seen, uint64_t twin)
{
    for (unsigned i = 0; i < sizeof seen; i++) {
        unsigned char mine = (unsigned char)(seen >> 8 * i);
        if (mine != (unsigned char)(twin >> 8 * i)) {
            __atomic_store_n((unsigned char *)real + i, mine, __ATOMIC_RELAXED);
        }
    }
}

static void push(struct mirror *m, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        uint64_t seen = m->seen[i], twin = m->twin[i];
        if (seen == twin) {
            continue;
        }
        if (!__atomic_compare_exchange_n(&m->real[i], &twin, seen, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
            push_bytes(&m->real[i], seen, m->twin[i]);
        }
        m->twin[i] = seen;
    }
}

typedef void (*visit)(struct mirror *mirror, uint64_t from, uint64_t to);

/* Visits the blocks in which what the program sees differs from the twin, or from the real memory. */
static void each_difference(bool from_real, visit visit)
{
    const uint64_t words = BLOCK / sizeof(uint64_t);
    for (int n = 0; n < used; n++) {
        struct mirror *m = &mirrors[n];
        uint64_t length = m->seen != NULL ? m->length / sizeof(uint64_t) : 0;
        for (uint64_t at = 0; at < length; at += words) {
            uint64_t size = at + words < length ? words : length - at;
            if (memcmp(m->seen + at, (from_real ? m->real : m->twin) + at, size * sizeof(uint64_t)) != 0) {
                visit(m, at, at + size);
            }
        }
    }
}

void mirrors_push(void)
{
    if (total != 0 && session.mode == MODE_RECORD) {
        each_difference(false, push);
    }
}

static bool begun; /* a record of what others have written */
static unsigned record_flags;

static void record(const struct mirror *m, uint64_t from, uint64_t to)
{
    if (!begun) {
        log_begin(LOG_SHARED, 0, 0, record_flags);
        begun = true;
    }
    log_chunk(m->seen + from, (int64_t)((to - from) * sizeof(uint64_t)));
}

/* Runs of changed words are chunks of one record; a short gap is not worth another one. */
static void pull(struct mirror *m, uint64_t from, uint64_t to)
{
    uint64_t first = to, last = to;
    for (uint64_t i = from; i < to; i++) {
        uint64_t real = __atomic_load_n(&m->real[i], __ATOMIC_ACQUIRE);
        if (real == m->seen[i]) {
            continue;
        }
        if (first != to && i - last > GAP_WORDS) {
            record(m, first, last);
            first = to;
        }
        m->seen[i] = m->twin[i] = real;
        first = first == to ? i : first;
        last = i + 1;
    }
    if (first != to) {
        record(m, first, last);
    }
}

static void step(unsigned flags)
{
    mirrors_push(); /* other threads may have run since the call began */
    begun = false;
    record_flags = flags;
    each_difference(true, pull);
    if (begun) {
        log_end();
    }
}

void mirrors_pull(void)
{
    if (total != 0 && session.mode == MODE_RECORD) {
        step(RECORD_IN_CALL);
    }
}

/* ---- at ticks ---- */

static int64_t now(void)
{
    struct timespec now;
    RAW(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

uint64_t mirrors_next_look(void) { return total != 0 && session.mode == MODE_RECORD ? look_at : UINT64_MAX; }

/* Ticks are short or long: from one look to the next is to be half a step. */
void mirrors_at_tick(void)
{
    if (total == 0 || session.mode != MODE_RECORD || clock_tick() < look_at) {
        return;
    }
    int64_t time = now(), since = time - looked_at;
    looked_at = time;
    look_after = since < STEP_NS / 4 ? look_after * 2 : since > STEP_NS && look_after > 1 ? look_after / 2 : look_after;
    look_at = clock_tick() + look_after;
    if (time - stepped_at >= STEP_NS) {
        stepped_at = time;
        step(0);
    }
}

/* ---- beginning and ending ---- */

static struct mirror *free_place(int64_t length)
{
    for (int n = 0; n < MAX_MIRRORS && length > 0 && length <= MAX_LENGTH && total + (uint64_t)length <= MAX_TOTAL; n++) {
        if (mirrors[n].seen == NULL) {
            used = n < used ? used : n + 1;
            return &mirrors[n];
        }
    }
    return NULL;
}

static uint64_t pages(uint64_t length) { return (length + PAGE - 1) & ~(uint64_t)(PAGE - 1); }

static void place(struct mirror *m, int64_t address, int64_t length)
{
    uint64_t at = REAL_ADDRESS + (uint64_t)(m - mirrors) * 2 * MAX_LENGTH;
    *m = (struct mirror){(uint64_t *)address, (uint64_t *)at, (uint64_t *)(at + MAX_LENGTH), (uint64_t)length & ~(uint64_t)7, pages((uint64_t)length)};
    total += m->mapped;
    look_after = FIRST_LOOK;
    look_at = clock_tick() + look_after;
    clock_slot->target = 0;
}

static bool map(const void *at, uint64_t length, int64_t protection, int64_t sharing)
{
    return RAW(SYS_mmap, at, length, protection, sharing | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == (int64_t)(uintptr_t)at;
}

static void forget(struct mirror *m)
{
    total -= m->mapped;
    m->seen = NULL;
}

static void give_back(struct mirror *m)
{
    push(m, 0, m->length / sizeof(uint64_t));
    RAW(SYS_mremap, m->real, m->mapped, m->mapped, MREMAP_MAYMOVE | MREMAP_FIXED, m->seen);
    RAW(SYS_munmap, m->twin, m->mapped);
}

bool mirrors_take(int64_t address, int64_t length, int64_t protection, int64_t covered)
{
    struct mirror *m = expected && protection == (PROT_READ | PROT_WRITE) && pages((uint64_t)length) <= pages((uint64_t)covered) ? free_place(length) : NULL;
    if (m == NULL) {
        return false;
    }
    place(m, address, length);
    bool moved = RAW(SYS_mremap, address, m->mapped, m->mapped, MREMAP_MAYMOVE | MREMAP_FIXED, m->real) == (int64_t)(uintptr_t)m->real;
    if (!moved || !map(m->seen, m->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE) || !map(m->twin, m->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE)) {
        if (moved) {
            RAW(SYS_mremap, m->real, m->mapped, m->mapped, MREMAP_MAYMOVE | MREMAP_FIXED, address);
        }
        forget(m);
        return false;
    }
    memcpy(m->twin, m->real, m->mapped);
    memcpy(m->seen, m->twin, m->mapped);
    return true;
}

void mirrors_note(int64_t address, int64_t length)
{
    struct mirror *m = free_place(length);
    if (m != NULL) {
        place(m, address, length);
    }
}

void mirrors_give_back(int64_t address, int64_t length, void (*given_back)(int64_t address, int64_t length))
{
    for (int n = 0; n < used; n++) {
        struct mirror *m = &mirrors[n];
        int64_t start = (int64_t)(uintptr_t)m->seen;
        if (m->seen == NULL || address >= start + (int64_t)m->mapped || address + length <= start) {
            continue;
        }
        if (session.mode == MODE_RECORD) {
            give_back(m);
            given_back(start, (int64_t)m->mapped);
        }
        forget(m);
    }
}

void mirrors_leave(void)
{
    for (int n = 0; n < used; n++) {
        if (mirrors[n].seen != NULL) {
            give_back(&mirrors[n]);
            forget(&mirrors[n]);
        }
    }
}

void mirrors_abandon(void)
{
    for (int n = 0; n < used; n++) {
        if (mirrors[n].seen != NULL) {
            forget(&mirrors[n]);
        }
    }
}

void mirrors_become_live(void)
{
    for (int n = 0; n < used; n++) {
        struct mirror *m = &mirrors[n];
        if (m->seen == NULL) {
            continue;
        }
        if (map(m->real, m->mapped, PROT_READ | PROT_WRITE, MAP_SHARED) && map(m->twin, m->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE)) {
            memcpy(m->real, m->seen, m->mapped);
            memcpy(m->twin, m->seen, m->mapped);
        } else {
            forget(m);
        }
    }
}
