/* What an evaluation reads (docs/agent-protocol.md, section 5.4), and reads of watched memory. */
#include "accesses.h"
#include "context.h"
#include "control.h"
#include "image.h"
#include "operands.h"
#include "program.h"
#include "properties.h"
#include "runloop.h"
#include "text.h"
#include "watch.h"
#include "words.h"

#include <string.h>

enum { WORD = 8, WORD_HASH = 1 << 16, WORDS_A_LINE = 2000, STACK_BYTES = 8 << 20, RED_ZONE = 128 };

static struct {
    uint64_t words[MAX_READ_WORDS]; /* addresses, aligned */
    uint32_t slots[WORD_HASH]; /* index + 1 */
    unsigned count;
    uint64_t stack; /* what is below is the evaluation's own */
    bool failed;    /* too many, or one that could not be told */
} noted;

static struct { uint64_t rsi, rdi; bool told; } before; /* the instruction that EXIT_LOAD stood at */

void reads_begin(uint64_t stack)
{
    if (noted.count > 0 || noted.failed) {
        memset(&noted, 0, sizeof noted);
    }
    noted.stack = stack - RED_ZONE;
}

static void note_word(uint64_t address)
{
    uint32_t slot = (uint32_t)((address >> 3) * 0x9E3779B97F4A7C15u >> 48);
    while (noted.slots[slot] != 0) {
        if (noted.words[noted.slots[slot] - 1] == address) {
            return;
        }
        slot = (slot + 1) % WORD_HASH;
    }
    if (noted.count == MAX_READ_WORDS) {
        noted.failed = true;
        return;
    }
    noted.words[noted.count++] = address;
    noted.slots[slot] = noted.count;
}

static void note(uint64_t address, uint64_t length)
{
    if (noted.stack - address <= STACK_BYTES) {
        return;
    }
    for (uint64_t at = address & ~(uint64_t)(WORD - 1); at < address + length && !noted.failed; at += WORD) {
        note_word(at);
    }
}

static bool take(uint64_t pc, struct instruction *instruction, uint8_t bytes[MAX_INSTRUCTION])
{
    size_t available;
    return image_read(pc, bytes, MAX_INSTRUCTION, &available) != IMAGE_NONE && decode(bytes, available, instruction);
}

static uint64_t fs_base(void)
{
    uint64_t base;
    __asm__("mov %%fs:0, %0" : "=r"(base)); /* the thread's descriptor begins with its own address */
    return base;
}

static void see_watched(uint64_t address, uint64_t length) { before.told |= watch_loaded(address, length); }

void host_load(uint64_t pc)
{
    struct instruction instruction;
    uint8_t bytes[MAX_INSTRUCTION];
    bool known = take(pc, &instruction, bytes);
    before.rsi = CONTEXT->r[RSI];
    before.rdi = CONTEXT->r[RDI];
    before.told = false;
    if (instrumentation.loads) {
        noted.failed |= !known || !instruction_reads(&instruction, bytes, pc, CONTEXT->r, fs_base(), note);
    } else if (known) {
        instruction_reads(&instruction, bytes, pc, CONTEXT->r, fs_base(), see_watched);
    }
}

static uint64_t distance(uint64_t from, uint64_t to) { return to > from ? to - from : from - to; }

/* True if the instruction at pc, which has been executed, has read watched memory; marks what it was. */
static bool has_read(uint64_t pc)
{
    struct instruction instruction;
    uint8_t bytes[MAX_INSTRUCTION];
    unsigned size = 0;
    if (!take(pc, &instruction, bytes)) {
        return false;
    }
    instruction_loads_from(&instruction, bytes, &size);
    if (CONTEXT->load_at != ANYWHERE) {
        return watch_loaded(CONTEXT->load_at >> GRANULE_BITS, size);
    }
    if (before.told) {
        return true;
    }
    uint64_t rsi = CONTEXT->r[RSI], rdi = CONTEXT->r[RDI];
    return instruction_repeats(&instruction)
        && ((rsi != before.rsi && watch_loaded(rsi < before.rsi ? rsi : before.rsi, distance(rsi, before.rsi)))
            || (rdi != before.rdi && !instruction_may_store(&instruction) && watch_loaded(rdi < before.rdi ? rdi : before.rdi, distance(rdi, before.rdi))));
}

void host_read(uint64_t pc)
{
    if (has_read(pc)) {
        program_report_watch(pc);
    }
}

const char *reads_send(uint64_t from)
{
    if (noted.failed) {
        return "more was read than can be noted, or an instruction whose reads are not known";
    }
    struct message *message = control_message();
    message_begin(message, MSG_BYTES);
    uint64_t left = from < noted.count ? noted.count - from : 0;
    message_hex(message, noted.words + (left > 0 ? from : 0), WORD * (left < WORDS_A_LINE ? left : WORDS_A_LINE));
    control_send(message);
    return NULL;
}

bool reads_take(uint64_t *words, uint32_t *count)
{
    memcpy(words, noted.words, noted.count * sizeof *words);
    *count = noted.count;
    return !noted.failed;
}
