/* Full equality of memory is identity in time: a deterministic program that comes to the same state twice never ends. What is compared is the program's writable
 * private memory as it is mapped here; libfred's own, and the dead part of the stack, differ by nature. */
#include "matcher.h"

#include <string.h>
#include <sys/uio.h>

#include "context.h"
#include "image.h"
#include "maps.h"
#include "raw.h"
#include "regions.h"
#include "session.h"

enum { MAX_AREAS = 2048, BUFFER_BYTES = 64 * 1024, RED_ZONE = 128 };

static struct { uint64_t start, end; } areas[MAX_AREAS];
static int area_count;
static int other;
static uint64_t wanted_pc, wanted[16];
static bool before_call; /* the instruction there is a system call */
static unsigned discriminators;
uint64_t matcher_candidates, matcher_comparisons, matcher_difference;
static unsigned char buffer[BUFFER_BYTES] __attribute__((aligned(4096)));

void matcher_set(int pid, const uint64_t registers[16], uint64_t pc)
{
    uint8_t bytes[2];
    size_t copied;
    other = pid;
    wanted_pc = pc;
    memcpy(wanted, registers, sizeof wanted);
    before_call = image_read(pc, bytes, sizeof bytes, &copied) != IMAGE_NONE && copied == 2 && bytes[0] == 0x0F && bytes[1] == 0x05;
}

bool matcher_ignores(int reg) { return before_call && (reg == RCX || reg == R11); }

bool matcher_ready(void) { return other != 0; }

uint64_t matcher_pc(void) { return wanted_pc; }

/* The kernel shows neighbours that are alike as one: translations lie beside code that the program makes. */
static void note_between_regions(uint64_t start, uint64_t end)
{
    for (int i = 0; i < REGIONS; i++) {
        uint64_t region = (uint64_t)(uintptr_t)regions[i];
        if (region != 0 && start < region + REGION_BYTES && end > region) {
            if (start < region) {
                note_between_regions(start, region);
            }
            if (end > region + REGION_BYTES) {
                note_between_regions(region + REGION_BYTES, end);
            }
            return;
        }
    }
    if (area_count < MAX_AREAS) {
        areas[area_count].start = start;
        areas[area_count++].end = end;
    }
}

/* The parts of a mapping that belong to the program; of its stack, what is in use. */
static void note(const struct mapping *mapping)
{
    uint64_t start = mapping->start, sp = wanted[RSP] - RED_ZONE;
    if (!mapping->read || !mapping->write || mapping->shared) {
        return;
    }
    if (sp > start && sp < mapping->end) {
        start = sp & ~(uint64_t)7;
    }
    for (uint64_t end; start < mapping->end; start = end) {
        end = host_stretch(start, mapping->end);
        if (!host_owns(start)) {
            note_between_regions(start, end);
        }
    }
}

/* A discriminator that says nothing: a word of the context, with its own value. */
static void forget_discriminators(void)
{
    discriminators = 0;
    for (int i = 0; i < MAX_DISCRIMINATORS; i++) {
        CONTEXT->match_address[i] = (uint64_t)(uintptr_t)&CONTEXT->match_r[0];
        CONTEXT->match_value[i] = CONTEXT->match_r[0];
    }
}

void matcher_begin(void)
{
    memcpy(CONTEXT->match_r, wanted, sizeof wanted);
    forget_discriminators();
    matcher_candidates = matcher_comparisons = matcher_difference = 0;
}

bool matcher_is_candidate(void)
{
    if (CONTEXT->pc != wanted_pc) {
        return false;
    }
    for (int i = 0; i < 16; i++) {
        if (CONTEXT->r[i] != wanted[i] && !matcher_ignores(i)) {
            return false;
        }
    }
    for (int i = 0; i < MAX_DISCRIMINATORS; i++) {
        if (*(const uint64_t *)CONTEXT->match_address[i] != CONTEXT->match_value[i]) {
            return false;
        }
    }
    return true;
}

/* The oldest discriminator makes room. Unaligned ends of areas are not used: a word there might not be readable. */
static void learn(uint64_t address, uint64_t value)
{
    unsigned at = discriminators++ % MAX_DISCRIMINATORS;
    CONTEXT->match_address[at] = address;
    CONTEXT->match_value[at] = value;
    matcher_difference = address;
}

static bool compare_area(uint64_t start, uint64_t end)
{
    for (uint64_t at = start; at < end;) {
        uint64_t size = end - at < BUFFER_BYTES ? end - at : BUFFER_BYTES;
        struct iovec to = {buffer, size}, from = {(void *)at, size};
        int64_t got = RAW(SYS_process_vm_readv, other, &to, 1, &from, 1, 0);
        if (got < 8) {
            matcher_difference = at; /* not mapped there: not the same moment */
            return false;
        }
        if (memcmp(buffer, (const void *)at, (size_t)got & ~(size_t)7) != 0) {
            const uint64_t *theirs = (const uint64_t *)buffer, *ours = (const uint64_t *)at;
            while (*theirs == *ours) {
                theirs++;
                ours++;
            }
            learn((uint64_t)(uintptr_t)ours, *theirs);
            return false;
        }
        at += (uint64_t)got;
    }
    return true;
}

bool matcher_compare(void)
{
    matcher_candidates++;
    matcher_comparisons++;
    area_count = 0;
    maps_each(note);
    for (int i = 0; i < area_count; i++) {
        if (!compare_area(areas[i].start, areas[i].end)) {
            return false;
        }
    }
    matcher_difference = 0;
    return true;
}
