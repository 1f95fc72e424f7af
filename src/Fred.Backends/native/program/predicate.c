/* What is hard is that the memory a value depends on may be other memory after each change (a pointer, a list). So each look notes what was read, and that is watched until
 * the next one. As long as none of it changes, the value cannot. */
#include "predicate.h"

#include <string.h>

#include "bytecode.h"
#include "calm.h"
#include "called.h"
#include "context.h"
#include "program.h"
#include "protocol.h"
#include "runloop.h"
#include "seen.h"
#include "text.h"
#include "translator.h"
#include "watch.h"
#include "words.h"

enum { MAX_CALLS = 16, MAX_READS = 2 * MAX_WATCHES, WORD = 8, PAGE = 4096, KNOWN_PAGES = 64, FLOATING_MARK = 'f' };

static struct call_made {
    uint64_t function, result;
    struct bytecode arguments[MAX_CALL_ARGUMENTS];
    struct call_shape shape;
} calls[MAX_CALLS];
static unsigned call_count;

static struct bytecode expression;
static uint64_t registers[BYTECODE_REGISTERS];
static uint8_t code[4 * MAX_BYTECODE];
static unsigned code_used;

/* What the present look reads, and what is watched. */
static struct range { uint64_t address; uint32_t length; } reads[MAX_READS], watched[MAX_WATCHES];
static unsigned read_count, watched_count;
static bool too_many, calls_spent;

static uint64_t known_pages[KNOWN_PAGES]; /* readable */
static bool again;

/* ---- the expression ---- */

void predicate_clear(void) { call_count = code_used = expression.length = 0; }

static const char *take_code(const char *hex, struct bytecode *to)
{
    to->code = code + code_used;
    to->length = (unsigned)text_hex(hex, code + code_used, sizeof code - code_used < MAX_BYTECODE ? sizeof code - code_used : MAX_BYTECODE);
    code_used += to->length;
    return to->length == 0 || 2 * (size_t)to->length != strlen(hex) ? "this is no expression, or it is too long" : NULL;
}

/* Hexadecimal, behind an f if the argument is a floating point number. */
static const char *take_argument(struct call_made *call, const char *word)
{
    if (call->shape.count == MAX_CALL_ARGUMENTS) {
        return "a function has too many arguments";
    }
    unsigned number = call->shape.count++;
    if (word[0] == FLOATING_MARK && word[1] == ':') {
        call->shape.floating |= 1u << number;
        word += 2;
    }
    return take_code(word, &call->arguments[number]);
}

const char *predicate_add_call(uint64_t function, bool gives_floating, char *arguments)
{
    if (call_count == MAX_CALLS) {
        return "the expression calls too many functions";
    }
    struct call_made *call = &calls[call_count];
    call->function = function;
    call->shape = (struct call_shape){.gives_floating = gives_floating};
    for (char *word; (word = text_next_word(&arguments)) != NULL;) {
        const char *error = take_argument(call, word);
        if (error != NULL) {
            return error;
        }
    }
    call_count++;
    return NULL;
}

const char *predicate_set(const char *hex, const char *values)
{
    if (text_hex(values, registers, sizeof registers) != sizeof registers) {
        return "the registers are not 17 words";
    }
    return take_code(hex, &expression);
}

/* ---- one look ---- */

static void note(uint64_t address, uint32_t length)
{
    if (read_count == MAX_READS) {
        too_many = true;
    } else if (read_count == 0 || reads[read_count - 1].address != address || reads[read_count - 1].length != length) {
        reads[read_count++] = (struct range){address, length};
    }
}

static bool is_readable(uint64_t address)
{
    uint64_t page = address / PAGE + 1, *known = &known_pages[page % KNOWN_PAGES];
    if (*known != page) {
        if (!watch_readable(address)) {
            return false;
        }
        *known = page;
    }
    return true;
}

static bool read_memory(uint64_t address, void *to, unsigned size);

static bool make_call(struct call_made *call)
{
    uint64_t arguments[MAX_CALL_ARGUMENTS];
    const uint64_t *words = NULL;
    unsigned count;
    for (unsigned i = 0; i < call->shape.count; i++) {
        if (!bytecode_run(call->arguments[i], registers, read_memory, &arguments[i])) {
            return false;
        }
    }
    if (program_request.calls == 0) {
        too_many = calls_spent = true;
        return false;
    }
    program_request.calls--;
    enum call_end end = called_run(call->function, arguments, call->shape, &call->result, &words, &count);
    for (unsigned i = 0; i < count; i++) {
        note(words[i], WORD);
    }
    too_many |= end == CALL_LOST;
    return end == CALL_RETURNED;
}

/* A result is worked out when it is read: what an expression does not come to is not called. */
static bool read_memory(uint64_t address, void *to, unsigned size)
{
    uint64_t place = address - PREDICATE_RESULTS;
    if (place < call_count * WORD && place % WORD + size <= WORD) {
        struct call_made *call = &calls[place / WORD];
        if (!make_call(call)) {
            return false;
        }
        memcpy(to, (const uint8_t *)&call->result + place % WORD, size);
        return true;
    }
    note(address, size);
    if (!is_readable(address) || !is_readable(address + size - 1)) {
        return false;
    }
    memcpy(to, (const void *)address, size);
    return true;
}

static enum truth evaluate(void)
{
    uint64_t value;
    read_count = 0;
    too_many = calls_spent = false;
    bool has_value = bytecode_run(expression, registers, read_memory, &value);
    return too_many ? LOST : !has_value ? NONE : value != 0 ? GOOD : BAD;
}

/* ---- what is watched ---- */

static void sort_reads(void)
{
    for (unsigned gap = read_count / 2; gap > 0; gap /= 2) {
        for (unsigned i = gap; i < read_count; i++) {
            struct range range = reads[i];
            unsigned at = i;
            for (; at >= gap && reads[at - gap].address > range.address; at -= gap) {
                reads[at] = reads[at - gap];
            }
            reads[at] = range;
        }
    }
}

/* Ascending ranges without overlaps, each as long as one watch may be. */
static unsigned merge_reads(struct range ranges[MAX_WATCHES])
{
    unsigned count = 0;
    sort_reads();
    for (unsigned i = 0; i < read_count; i++) {
        uint64_t at = reads[i].address, end = at + reads[i].length;
        struct range *before = count > 0 ? &ranges[count - 1] : NULL;
        if (before != NULL && at < before->address + before->length) {
            at = before->address + before->length;
        }
        if (before != NULL && at == before->address + before->length && at < end && before->length + (end - at) <= MAX_WATCHED_BYTES) {
            before->length += (uint32_t)(end - at);
        } else if (at < end && count < MAX_WATCHES) {
            ranges[count++] = (struct range){at, (uint32_t)(end - at)};
        } else if (at < end) {
            too_many = true;
        }
    }
    return count;
}

/* True if what is watched is not what it was. */
static bool watch_reads(void)
{
    static struct range ranges[MAX_WATCHES];
    unsigned count = merge_reads(ranges);
    if (count == watched_count && memcmp(ranges, watched, count * sizeof *ranges) == 0) {
        return false;
    }
    watch_clear();
    for (unsigned i = 0; i < count && !too_many; i++) {
        too_many = watch_add(1, ranges[i].address, ranges[i].length, WATCH_CHANGE) != NULL;
    }
    memcpy(watched, ranges, count * sizeof *ranges);
    watched_count = count;
    return true;
}

/* ---- looking ---- */

void predicate_begin(void)
{
    seen_begin();
    again = false;
    memset(known_pages, 0, sizeof known_pages);
    watched_count = MAX_WATCHES; /* whatever was watched was for somebody else */
    watch_replace_often(false);
    enum truth truth = evaluate();
    watch_reads();
    if (truth == LOST || too_many) {
        watched_count = 0;
        again = true; /* said when it runs */
        runloop_attention = true;
        return;
    }
    seen_note(truth);
}

void predicate_look(void)
{
    enum truth truth = evaluate();
    if (truth != LOST && watch_reads() && !too_many) {
        watch_replace_often(true);
        calm_look();
        watch_bind(true);
        runloop_attention |= points_apply(); /* the code that led here may be gone */
    }
    if (truth == LOST || too_many) {
        program_stop(STOP_WATCH, 0, "-", calls_spent ? "calls" : "lost");
    } else if (seen_note(truth)) {
        program_stop(STOP_WATCH, 0, "-", "");
    }
}

void predicate_mappings_change(void)
{
    if (program_request.predicate != PROGRAM_STOP) {
        memset(known_pages, 0, sizeof known_pages);
        again = runloop_attention = true;
    }
}

void predicate_look_again(void)
{
    if (again) {
        again = false;
        predicate_look();
    }
}
