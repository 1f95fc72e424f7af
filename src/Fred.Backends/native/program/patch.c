/* A stub hands a system call to the dispatcher as translated code would. It needs no register but the two that every system call destroys: rcx gets the address behind
 * the call, as it does from the kernel, and r11 the way on for a child of the program's, where there is no dispatcher. Instructions that the jump displaces are copied
 * behind the stub, where the program then goes on. */
#include "patch.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "codecache.h"
#include "decoder.h"
#include "emit.h"
#include "entropy.h"
#include "image.h"
#include "maps.h"
#include "matcher.h"
#include "program.h"
#include "raw.h"
#include "sites.h"

enum { MAX_PATCHES = 4096, MAX_TEXTS = 512, PAGE = 4096, STUB_ROOM = 80, REGIONS = 3 };

struct patch {
    uint64_t start;
    const uint8_t *stub;
    uint8_t length;       /* as in struct site; 0: given up */
    bool after;           /* the same */
    uint8_t resume, size; /* offsets in the stub: of the displaced instructions, and its end */
    uint8_t pristine[MAX_SITE_BYTES];
};

static struct patch patches[MAX_PATCHES]; /* in ascending order */
static int patch_count;
unsigned patch_removals;
static struct { uint64_t start, end; } texts[MAX_TEXTS];
static int text_count;
static struct { uint8_t *area; size_t used; } rooms[REGIONS];

/* ---- where they are ---- */

/* The first patch that ends behind the address. */
static struct patch *first_behind(uint64_t address)
{
    int low = 0, high = patch_count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (patches[middle].start + MAX_SITE_BYTES > address) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return &patches[low];
}

static uint64_t system_call_of(const struct patch *patch) { return patch->start + (patch->after ? 0 : JUMP_BYTES); }

uint64_t patch_entry(uint64_t pc)
{
    const struct patch *end = patches + patch_count;
    for (const struct patch *patch = first_behind(pc); patch < end && patch->start < pc; patch++) {
        if (patch->after && pc < patch->start + patch->length) {
            return (uint64_t)(uintptr_t)patch->stub + patch->resume + (pc - patch->start - SYSCALL_BYTES);
        }
    }
    return pc;
}

uint64_t patch_address(uint64_t host)
{
    for (int i = 0; i < patch_count && cache_is_code((const uint8_t *)host); i++) {
        const struct patch *patch = &patches[i];
        uint64_t offset = host - (uint64_t)(uintptr_t)patch->stub;
        if (offset >= patch->size) {
            continue;
        }
        if (offset < patch->resume) {
            return offset == 0 ? patch->start : system_call_of(patch); /* what the stub does before the call is done, or of no effect */
        }
        uint64_t moved = offset - patch->resume, most = patch->after ? (uint64_t)patch->length - SYSCALL_BYTES : 0;
        return system_call_of(patch) + SYSCALL_BYTES + (moved < most ? moved : most);
    }
    return host;
}

void host_restore_text(uint64_t address, uint8_t *bytes, size_t size)
{
    entropy_restore_text(address, bytes, size);
    const struct patch *end = patches + patch_count;
    for (const struct patch *patch = first_behind(address); patch < end && patch->start < address + size; patch++) {
        for (unsigned i = 0; i < patch->length; i++) {
            if (patch->start + i - address < size) {
                bytes[patch->start + i - address] = patch->pristine[i];
            }
        }
    }
}

void patch_remove(uint64_t address, uint64_t length)
{
    struct patch *end = patches + patch_count;
    for (struct patch *patch = first_behind(address); patch < end && patch->start < address + length; patch++) {
        if (patch->start + patch->length > address) {
            unsigned bytes = patch->length;
            patch_removals++;
            patch->length = 0; /* before the write, which comes here again */
            state_poke_raw(patch->start, patch->pristine, bytes);
        }
    }
}

/* ---- making them ---- */

static void note_text(const struct mapping *mapping)
{
    if (mapping->read && mapping->execute && !mapping->write && !mapping->shared && !host_owns(mapping->start) && text_count < MAX_TEXTS) {
        texts[text_count].start = mapping->start;
        texts[text_count++].end = mapping->end;
    }
}

/* Room for one more stub near the text. NULL: there is none. */
static uint8_t *room_near(uint64_t pc)
{
    uint8_t *area = cache_scratch(pc);
    for (int i = 0; i < REGIONS && area != NULL; i++) {
        if (rooms[i].area == NULL || rooms[i].area == area) {
            rooms[i].area = area;
            size_t at = rooms[i].used;
            rooms[i].used += STUB_ROOM;
            return at + STUB_ROOM <= SCRATCH_STUB_BYTES ? area + SCRATCH_STUBS + at : NULL;
        }
    }
    return NULL;
}

static void emit_jump(struct emitter *out, uint64_t target)
{
    emit8(out, 0xE9);
    emit32(out, (uint32_t)(target - (uint64_t)(uintptr_t)(out->at + 4)));
}

static void emit_stub(struct patch *patch)
{
    uint64_t behind = system_call_of(patch) + SYSCALL_BYTES;
    struct emitter out = {(uint8_t *)patch->stub};
    if (!patch->after) {
        emit_bytes(&out, patch->pristine, JUMP_BYTES);
    }
    emit_bytes(&out, (const uint8_t[]){0x4C, 0x8D, 0x1D}, 3); /* lea r11, [rip + over the next two] */
    emit32(&out, 17);
    emit_bytes(&out, (const uint8_t[]){0x48, 0xB9}, 2); /* mov rcx, behind */
    emit64(&out, behind);
    emit_jump_through(&out, FIELD(call));
    emit_bytes(&out, (const uint8_t[]){0x0F, 0x05}, SYSCALL_BYTES);
    patch->resume = (uint8_t)(out.at - patch->stub);
    if (patch->after) {
        emit_bytes(&out, patch->pristine + SYSCALL_BYTES, (size_t)(patch->length - SYSCALL_BYTES));
    }
    emit_jump(&out, patch->after ? patch->start + patch->length : behind);
    patch->size = (uint8_t)(out.at - patch->stub);
}

static void apply(uint64_t text, const struct site *site)
{
    uint8_t *stub = patch_count < MAX_PATCHES ? room_near(text) : NULL;
    if (stub == NULL) {
        return;
    }
    struct patch *patch = &patches[patch_count++];
    *patch = (struct patch){.start = text + site->offset, .stub = stub, .length = site->length, .after = site->after};
    memcpy(patch->pristine, (const void *)patch->start, site->length);
    emit_stub(patch);
    struct emitter out = {(uint8_t *)patch->start};
    emit_jump(&out, (uint64_t)(uintptr_t)stub);
}

/* The pages are copied at once: one by one they would fault. */
static void patch_text(uint64_t start, uint64_t end)
{
    static struct site sites[MAX_PATCHES];
    int count = sites_find((const uint8_t *)start, end - start, sites, MAX_PATCHES);
    if (count == 0) {
        return;
    }
    uint64_t first = (start + sites[0].offset) & ~(uint64_t)(PAGE - 1), behind = start + sites[count - 1].offset + JUMP_BYTES;
    uint64_t length = (behind - first + PAGE - 1) & ~(uint64_t)(PAGE - 1);
    if (RAW(SYS_mprotect, first, length, PROT_READ | PROT_WRITE | PROT_EXEC) < 0) {
        return; /* somebody forbids it: then they trap */
    }
    RAW(SYS_madvise, first, length, MADV_POPULATE_WRITE);
    for (int i = 0; i < count; i++) {
        apply(start, &sites[i]);
    }
    RAW(SYS_mprotect, first, length, PROT_READ | PROT_EXEC);
}

void patch_install(void)
{
    text_count = 0;
    maps_each(note_text);
    for (int i = 0; i < text_count; i++) {
        entropy_install(texts[i].start, texts[i].end); /* its traps read like instructions of one byte, and its instructions are never moved */
        patch_text(texts[i].start, texts[i].end);
    }
}
