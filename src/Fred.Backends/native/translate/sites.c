/* The hard part is being certain without a listing of the text. Instructions are told by decoding from many places some way before: machine code falls into step within a few
 * instructions, so if one reading differs, the site is left out. Branches are told by looking at every byte as if one began there. */
#include "sites.h"

#include <string.h>

#include "decoder.h"
#include "properties.h"

enum { RUN_UP = 64, READINGS = 16, LEAST_READINGS = 8, SHORT_REACH = 130, MOST_PREFIXES = 4 };
enum { MOVE_TO_EAX = 0xB8, CALL = 0xE8, JUMP = 0xE9, SHORT_JUMP = 0xEB, RANDOM = 0xC7 };

/* True if every way of reading the text that makes sense has an instruction beginning at `at`. */
static bool begins_instruction(const uint8_t *text, size_t size, size_t at)
{
    int readings = 0;
    if (at < RUN_UP + READINGS) {
        return false;
    }
    for (size_t start = at - RUN_UP - READINGS; start < at - RUN_UP; start++) {
        size_t here = start;
        struct instruction instruction;
        while (here < at && decode(text + here, size - here, &instruction)) {
            here += instruction.length;
        }
        if (here > at) {
            return false;
        }
        readings += here == at;
    }
    return readings >= LEAST_READINGS;
}

/* The instruction whose opcode is at `at`, with its prefixes; `size` if none is. */
static size_t random_at(const uint8_t *text, size_t size, size_t at)
{
    for (size_t begin = at > MOST_PREFIXES ? at - MOST_PREFIXES : 0; begin <= at; begin++) {
        struct instruction i;
        if (decode(text + begin, size - begin, &i) && begin + i.opcode_at == at + 1 && i.opcode == RANDOM && instruction_flow(&i) == FLOW_ENVIRONMENT
            && begins_instruction(text, size, begin)) {
            return begin;
        }
    }
    return size;
}

int sites_find_random(const uint8_t *text, size_t size, size_t *offsets, int most)
{
    int count = 0;
    const uint8_t *last = text + size - 1;
    for (const uint8_t *at = text + 1; size > 2 && count < most && at < last && (at = memchr(at, RANDOM, (size_t)(last - at))) != NULL; at++) {
        if (at[-1] == 0x0F && at[1] >= 0xF0) {
            size_t begin = random_at(text, size, (size_t)(at - 1 - text));
            if (begin < size) {
                offsets[count++] = begin;
            }
        }
    }
    return count;
}

/* mov eax, number; syscall */
static bool follows_number(const uint8_t *text, size_t size, size_t at)
{
    return at >= JUMP_BYTES && text[at - JUMP_BYTES] == MOVE_TO_EAX && text[at - 2] == 0 && text[at - 1] == 0 && begins_instruction(text, size, at - JUMP_BYTES);
}

static bool leads(const uint8_t *text, size_t size, size_t here, size_t at)
{
    struct instruction i;
    while (here < at && decode(text + here, size - here, &i) && instruction_flow(&i) == FLOW_NEXT) {
        here += i.length;
    }
    return here == at;
}

size_t sites_lead(const uint8_t *text, size_t size, size_t at)
{
    for (size_t length = JUMP_BYTES; length <= MAX_LEAD && length <= at; length++) {
        if (text[at - length] == MOVE_TO_EAX && leads(text, size, at - length, at) && begins_instruction(text, size, at - length)) {
            return length;
        }
    }
    return 0;
}

/* How many bytes from the system call on make room for the jump, all of instructions that do the same anywhere. 0: there is no such room. */
static uint8_t movable(const uint8_t *text, size_t size, size_t at)
{
    size_t length = SYSCALL_BYTES;
    while (length < JUMP_BYTES) {
        struct instruction i;
        if (!decode(text + at + length, size - at - length, &i) || instruction_flow(&i) != FLOW_NEXT || i.rip_at != 0) {
            return 0;
        }
        length += i.length;
    }
    return (uint8_t)length;
}

/* ---- branches ---- */

static int32_t distance_at(const uint8_t *bytes)
{
    int32_t distance;
    memcpy(&distance, bytes, sizeof distance);
    return distance;
}

static bool is_inside(const struct site *site, int64_t target)
{
    return site->after && target > (int64_t)site->offset && target < (int64_t)(site->offset + site->length);
}

static bool is_short_branch(uint8_t opcode) { return (opcode & 0xF0) == 0x70 || (opcode & 0xFC) == 0xE0 || opcode == SHORT_JUMP; }

static bool near_branch_leads_inside(const uint8_t *text, size_t size, const struct site *site)
{
    size_t from = site->offset > SHORT_REACH ? site->offset - SHORT_REACH : 0;
    for (size_t at = from; at < site->offset + SHORT_REACH && at + 2 <= size; at++) {
        if (is_short_branch(text[at]) && is_inside(site, (int64_t)at + 2 + (int8_t)text[at + 1])) {
            return true;
        }
    }
    return false;
}

/* The last site that begins before the target, if the target is inside it. */
static struct site *led_into(struct site *sites, int count, int64_t target)
{
    int low = 0, high = count;
    while (low < high) {
        int middle = (low + high) / 2;
        if ((int64_t)sites[middle].offset < target) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 && is_inside(&sites[low - 1], target) ? &sites[low - 1] : NULL;
}

static void drop_what_far_branches_lead_into(const uint8_t *text, size_t size, struct site *sites, int count)
{
    for (size_t at = 0; at + JUMP_BYTES < size; at++) {
        bool conditional = text[at] == 0x0F && (text[at + 1] & 0xF0) == 0x80;
        if (text[at] == CALL || text[at] == JUMP || conditional) {
            size_t length = conditional ? 6 : 5;
            struct site *site = led_into(sites, count, (int64_t)(at + length) + distance_at(text + at + length - 4));
            if (site != NULL) {
                site->length = 0;
            }
        }
    }
}

static int without_dropped(struct site *sites, int count)
{
    int kept = 0;
    for (int i = 0; i < count; i++) {
        if (sites[i].length != 0) {
            sites[kept++] = sites[i];
        }
    }
    return kept;
}

/* ---- all of it ---- */

static bool classify(const uint8_t *text, size_t size, size_t at, struct site *site)
{
    if (follows_number(text, size, at)) {
        *site = (struct site){at - JUMP_BYTES, JUMP_BYTES + SYSCALL_BYTES, false};
        return true;
    }
    *site = (struct site){at, movable(text, size, at), true};
    return site->length != 0 && begins_instruction(text, size, at) && !near_branch_leads_inside(text, size, site);
}

int sites_find(const uint8_t *text, size_t size, struct site *sites, int most)
{
    int count = 0;
    bool far_matters = false;
    const uint8_t *last = text + size - SYSCALL_BYTES - JUMP_BYTES;
    for (const uint8_t *at = text; size > MAX_SITE_BYTES && count < most && at < last && (at = memchr(at, 0x0F, (size_t)(last - at))) != NULL; at++) {
        size_t taken = count == 0 ? 0 : sites[count - 1].offset + sites[count - 1].length;
        if (at[1] == 0x05 && classify(text, size, (size_t)(at - text), &sites[count]) && sites[count].offset >= taken) {
            far_matters |= sites[count].after;
            count++;
        }
    }
    if (far_matters) {
        drop_what_far_branches_lead_into(text, size, sites, count);
    }
    return without_dropped(sites, count);
}
