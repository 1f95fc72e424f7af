/* System calls that can be patched: by examples, and in libc and the dynamic linker, where objdump knows where instructions begin and branches lead. */
#include <stdlib.h>

#include "check.h"
#include "listing.h"
#include "sites.h"

enum { MOST = 4096, RUN_UP = 100, MOST_INSTRUCTIONS = 1 << 19 };

/* The bytes behind a run of nops, with some more behind them. */
static int find(const char *hex, struct site *site)
{
    uint8_t text[RUN_UP + 100];
    size_t length = strlen(hex) / 2;
    memset(text, 0x90, sizeof text);
    for (size_t i = 0; i < length; i++) {
        unsigned byte;
        sscanf(hex + 2 * i, "%2x", &byte);
        text[RUN_UP + i] = (uint8_t)byte;
    }
    int count = sites_find(text, sizeof text, site, 1);
    site->offset -= RUN_UP;
    return count;
}

static void knows_examples(void)
{
    static const struct { const char *hex; int count, offset, length; bool after; } examples[] = {
        {"b8270000000f05c3", 1, 0, 7, false},               /* mov eax, 39; syscall; ret */
        {"31c00f05483d00f0ffff77f6", 1, 2, 8, true},        /* xor eax, eax; syscall; cmp rax, -4096 */
        {"31c00f0589c285c0", 1, 2, 6, true},                /* two instructions make room */
        {"31c00f05c3", 0, 0, 0, false},                     /* ret cannot be moved */
        {"31c00f05488b0510000000", 0, 0, 0, false},         /* an operand relative to rip neither */
        {"41b8010000000f05c3", 0, 0, 0, false},             /* mov r8d: not the number, and ret behind */
        {"41b8010000000f05483d00f0ffff", 1, 6, 8, true},
        {"ebfe31c00f05483d00f0ffffebf8", 0, 0, 0, false},   /* a short branch to the cmp */
        {"31c00f05483d00f0ffffe9f5ffffff", 0, 0, 0, false}, /* a long one */
        {"31c00f05483d00f0ffffe9f3ffffff", 1, 2, 8, true},  /* to the call itself: it finds the jump */
        {"48b8b8270000000f05909090", 0, 0, 0, false},       /* inside a constant */
    };
    for (size_t n = 0; n < sizeof examples / sizeof *examples; n++) {
        struct site site = {RUN_UP, 0, false};
        int count = find(examples[n].hex, &site);
        if (count != examples[n].count || (count == 1 && ((int)site.offset != examples[n].offset || site.length != examples[n].length || site.after != examples[n].after))) {
            fprintf(stderr, "%s: %d sites, at %d, %d bytes, after %d\n", examples[n].hex, count, (int)site.offset, site.length, site.after);
            failures++;
        }
    }
}

static void knows_random_numbers(void)
{
    static const struct { const char *hex; int count, offset; } examples[] = {
        {"480fc7f0c3", 1, 0},             /* rdrand rax */
        {"0fc7f20f92c0", 1, 0},           /* rdrand edx; setc al */
        {"90660fc7f9", 1, 1},             /* rdseed cx */
        {"9090490fc7f8", 1, 2},           /* rdseed r8 */
        {"f3480fc7f8", 1, 0},             /* rdpid rax */
        {"480fc70e", 0, 0},               /* cmpxchg8b's group, in memory */
        {"48b8909090900fc7f090c3", 0, 0}, /* inside a constant */
    };
    for (size_t n = 0; n < sizeof examples / sizeof *examples; n++) {
        uint8_t text[RUN_UP + 100];
        size_t offsets[4] = {0}, length = strlen(examples[n].hex) / 2;
        memset(text, 0x90, sizeof text);
        for (size_t i = 0; i < length; i++) {
            unsigned byte;
            sscanf(examples[n].hex + 2 * i, "%2x", &byte);
            text[RUN_UP + i] = (uint8_t)byte;
        }
        int count = sites_find_random(text, sizeof text, offsets, 4);
        if (count != examples[n].count || (count == 1 && (int)offsets[0] != RUN_UP + examples[n].offset)) {
            fprintf(stderr, "%s: %d instructions, at %d\n", examples[n].hex, count, (int)offsets[0] - RUN_UP);
            failures++;
        }
        CHECK(sites_find_random(text, RUN_UP + 2, offsets, 4) == 0);
    }
    CHECK(sites_find_random((const uint8_t *)"\x0F\xC7", 2, NULL, 4) == 0);
}

static void knows_what_leads_to_a_call(void)
{
    static const struct { const char *hex; size_t call, lead; } examples[] = {
        {"b8270000000f05c3", 5, 5},
        {"b80e000000488d35dd7811000f05", 12, 12}, /* mov eax, 14; lea rsi, [rip + ...]; syscall */
        {"b80e000000488db3f00800000f05", 12, 12},
        {"b80e0000007402900f05", 8, 0},           /* a branch between */
        {"b8010000000f0589c70f05", 9, 0},         /* a call between */
        {"41b8010000000f05", 6, 0},               /* mov r8d */
        {"48b8b8270000009090900f05", 10, 0},      /* inside a constant */
        {"31c00f05", 2, 0},
    };
    for (size_t n = 0; n < sizeof examples / sizeof *examples; n++) {
        uint8_t text[RUN_UP + 100];
        size_t length = strlen(examples[n].hex) / 2;
        memset(text, 0x90, sizeof text);
        for (size_t i = 0; i < length; i++) {
            unsigned byte;
            sscanf(examples[n].hex + 2 * i, "%2x", &byte);
            text[RUN_UP + i] = (uint8_t)byte;
        }
        size_t lead = sites_lead(text, sizeof text, RUN_UP + examples[n].call);
        if (lead != examples[n].lead) {
            fprintf(stderr, "%s: %zu bytes lead to it\n", examples[n].hex, lead);
            failures++;
        }
    }
}

static void does_not_overlap(void)
{
    uint8_t text[RUN_UP + 100];
    struct site sites[4];
    memset(text, 0x90, sizeof text);
    memcpy(text + RUN_UP, "\x0F\x05\xB8\x3C\0\0\0\x0F\x05", 9); /* the second call's number would be moved for the first */
    CHECK(sites_find(text, sizeof text, sites, 4) == 1 && sites[0].offset == RUN_UP);
    CHECK(sites_find(text, RUN_UP + 4, sites, 4) == 0);
    CHECK(sites_find(text, 3, sites, 4) == 0);
}

/* ---- libraries ---- */

static uint64_t calls[MOST], targets[MOST_INSTRUCTIONS], instructions[MOST_INSTRUCTIONS];
static int call_count, target_count, led_count, instruction_count;

static void note(uint64_t address, const char *text)
{
    if (text == NULL) {
        return;
    }
    if (instruction_count < MOST_INSTRUCTIONS) {
        instructions[instruction_count++] = address;
    }
    if (strcmp(text, "syscall") == 0 && call_count < MOST) {
        calls[call_count++] = address;
    } else if (text[0] == 'j' || strncmp(text, "call", 4) == 0) {
        const char *operand = text + strcspn(text, " ");
        uint64_t target = strtoul(operand, NULL, 16);
        if (target != 0 && target_count < MOST_INSTRUCTIONS) {
            targets[target_count++] = target;
        }
    }
}

static bool is_call(uint64_t address)
{
    for (int i = 0; i < call_count; i++) {
        if (calls[i] == address) {
            return true;
        }
    }
    return false;
}

static bool is_instruction(uint64_t address)
{
    int low = 0, high = instruction_count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (instructions[middle] < address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < instruction_count && instructions[low] == address;
}

static bool is_led_into(uint64_t first, uint64_t behind)
{
    for (int i = 0; i < target_count; i++) {
        if (targets[i] >= first && targets[i] < behind) {
            return true;
        }
    }
    return false;
}

static void check_leads(const struct listing_section *section)
{
    for (int i = 0; i < call_count; i++) {
        uint64_t at = calls[i] - section->address;
        size_t lead = calls[i] >= section->address && at < section->size ? sites_lead(section->bytes, section->size, at) : 0;
        led_count += lead != 0;
        CHECK(lead == 0 || (is_instruction(calls[i] - lead) && !is_led_into(calls[i] - lead + 1, calls[i] - lead + JUMP_BYTES)));
    }
}

static void check_library(const char *path)
{
    static struct site sites[MOST];
    struct listing_section section;
    call_count = target_count = led_count = instruction_count = 0;
    if (!listing_open(path)) {
        return;
    }
    listing_each(path, note);
    int count = 0;
    for (int i = 0; listing_section(i, &section); i++) {
        int found = sites_find(section.bytes, section.size, sites, MOST);
        for (int n = 0; n < found; n++) {
            uint64_t at = section.address + sites[n].offset, call = at + (sites[n].after ? 0 : JUMP_BYTES);
            bool fits = is_call(call) && !is_led_into(at + 1, sites[n].after ? at + sites[n].length : call);
            if (!fits) {
                fprintf(stderr, "%s: %lx is no place for a patch\n", path, (unsigned long)at);
                failures++;
            }
        }
        count += found;
        check_leads(&section);
    }
    fprintf(stderr, "%s: %d system calls, %d can be patched, %d are led to\n", path, call_count, count, led_count);
    CHECK(led_count * 10 >= call_count * 8);
    CHECK(call_count > 0 && count * 10 >= call_count * 9);
    listing_close();
}

int main(void)
{
    knows_examples();
    knows_what_leads_to_a_call();
    does_not_overlap();
    knows_random_numbers();
    check_library("/usr/lib/x86_64-linux-gnu/libc.so.6");
    check_library("/lib64/ld-linux-x86-64.so.2");
    return failures;
}
