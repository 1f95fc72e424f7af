#include "replay.h"

#include <string.h>
#include <sys/mman.h>

#include "clock.h"
#include "control.h"
#include "protocol.h"
#include "raw.h"
#include "session.h"
#include "signals.h"
#include "sysdesc.h"
#include "text.h"
#include "threads.h"

static uint64_t cursor;
static uint64_t wake_tick = UINT64_MAX; /* the next record is a signal or injected event of this tick */
static uint64_t yield_tick = UINT64_MAX; /* the next record is a yield at the first event after this tick */

enum { PREVIEW_BYTES = 40 };

static void diverge(struct message *text)
{
    text->bytes[text->used < MAX_LINE ? text->used : MAX_LINE] = '\0';
    replay_diverged(text->bytes);
}

void (*replay_on_divergence)(const char *text);

void replay_diverged(const char *text)
{
    if (replay_on_divergence != NULL) {
        replay_on_divergence(text);
    }
    struct message *message = control_message();
    message_begin(message, MSG_DIVERGED);
    message_unsigned(message, clock_tick());
    message_unsigned(message, cursor);
    message_text(message, text, MAX_LINE / 4);
    control_send(message);
    RAW(SYS_exit_group, EXIT_DIVERGED);
    __builtin_unreachable();
}

/* What the program did just now, in words: write(1, "abc"). */
static void append_call(struct message *text, int64_t nr, const int64_t *arguments)
{
    message_append(text, sysdesc_name(nr));
    if (arguments == NULL) {
        return;
    }
    const struct syscall_description *description = sysdesc_find(nr);
    message_append(text, "(");
    for (int i = 0; i < MAX_INPUTS && description->inputs[i].rule != EXTENT_NONE; i++) {
        const struct transfer *input = &description->inputs[i];
        message_append(text, i > 0 ? ", " : "");
        if (input->rule == EXTENT_VALUE) {
            message_append_unsigned(text, (uint64_t)arguments[input->argument]);
        } else if (input->rule == EXTENT_STRING || input->rule == EXTENT_ARGUMENT) {
            char preview[PREVIEW_BYTES + 1];
            uint64_t size = input->rule == EXTENT_STRING ? PREVIEW_BYTES : (uint64_t)arguments[input->other];
            size = size < PREVIEW_BYTES ? size : PREVIEW_BYTES;
            strncpy(preview, (const char *)arguments[input->argument], size);
            preview[size] = '\0';
            message_append_json(text, preview);
        }
    }
    message_append(text, ")");
}

static bool is_memory(int nr)
{
    return nr == SYS_brk || nr == SYS_munmap || nr == SYS_mprotect || nr == SYS_madvise || nr == SYS_mmap || nr == SYS_mremap;
}

/* A lenient replica allocates on its own account, so its anonymous memory calls are not compared: those of the log are passed over. */
static bool peek(struct record *record)
{
    while (log_record(cursor, record)) {
        if (record->flags & RECORD_BRIEF) {
            record->tick = (clock_tick() & ~(uint64_t)BRIEF_TICK_MASK) | record->flags >> BRIEF_TICK_SHIFT;
        }
        if (!session.lenient || !is_memory(record->nr) || record->flags != 0) {
            return true;
        }
        cursor += record->length;
    }
    return false;
}

static struct record current;

bool replay_is_next(int64_t nr, uint64_t out_hash)
{
    struct record next;
    return peek(&next) && next.nr == (uint16_t)nr && next.out_hash == out_hash;
}

int replay_next_thread(void)
{
    struct record next;
    return peek(&next) ? next.thread : -1;
}

bool replay_yields(void)
{
    if (yield_tick != clock_tick()) {
        return false;
    }
    peek(&current);
    replay_done();
    return true;
}

struct record replay_expect(int64_t nr, uint64_t out_hash, const int64_t *arguments)
{
    static struct message text;
    if (!peek(&current)) {
        message_begin(&text, "the recording ends here, but the program went on with ");
        append_call(&text, nr, arguments);
        diverge(&text);
    }
    if (current.nr == LOG_FATAL && current.tick == clock_tick()) {
        signals_die((int)current.result);
    }
    bool opaque = (current.flags & RECORD_OPAQUE) != 0;
    bool ours = current.thread == threads_here();
    bool timely = current.tick == clock_tick() || current.tick == LOG_UNKNOWN_TICK;
    if (current.nr != (uint16_t)nr || !ours || !timely || (!opaque && current.out_hash != out_hash)) {
        message_begin(&text, "the program called ");
        append_call(&text, nr, arguments);
        message_append(&text, " but the recording has ");
        message_append(&text, sysdesc_name(current.nr));
        if (!ours) {
            message_append(&text, " of another thread at tick ");
        } else if (current.nr == (uint16_t)nr) {
            message_append(&text, !timely ? " at another tick: " : " with other data");
        } else {
            message_append(&text, " at tick ");
        }
        if (current.nr != (uint16_t)nr || !ours || !timely) {
            message_append_unsigned(&text, current.tick);
        }
        diverge(&text);
    }
    return current;
}

/* Where the next chunk of the current record is. */
static uint64_t chunk_at;

static bool next_chunk(struct chunk *chunk)
{
    return chunk_at < cursor + current.length && log_fetch(chunk_at, chunk, sizeof *chunk);
}

static void take_chunk(const struct chunk *chunk, uint64_t address)
{
    if (address != 0) {
        log_fetch(chunk_at + sizeof *chunk, (void *)(uintptr_t)address, chunk->length);
    }
    chunk_at += sizeof *chunk + ((chunk->length + 7) & ~(uint64_t)7);
}

static void apply_rest(void)
{
    struct chunk chunk;
    while (next_chunk(&chunk)) {
        take_chunk(&chunk, chunk.address);
    }
}

void replay_apply(void)
{
    chunk_at = cursor + sizeof current;
    apply_rest();
}

static void apply_here(const void *address, int64_t room)
{
    struct chunk chunk;
    if (address != NULL && room > 0 && next_chunk(&chunk) && chunk.length <= (uint64_t)room) {
        take_chunk(&chunk, (uint64_t)(uintptr_t)address);
    }
}

/* In a lenient replica the program's buffers need not be where they were, so what was read goes to where they are now. */
void replay_apply_outputs(const struct syscall_description *description, const int64_t arguments[6], int64_t result)
{
    chunk_at = cursor + sizeof current;
    if (session.lenient) {
        sysdesc_outputs(description, arguments, result, apply_here);
    }
    apply_rest();
}

uint64_t replay_data(void *buffer, uint64_t size)
{
    struct chunk chunk = {0};
    char *text = buffer;
    if (current.length <= sizeof current || !log_fetch(cursor + sizeof current, &chunk, sizeof chunk) || chunk.length >= size
        || !log_fetch(cursor + sizeof current + sizeof chunk, buffer, chunk.length)) {
        chunk.length = 0;
    }
    text[chunk.length] = '\0';
    return chunk.length;
}

static void note_wake(void)
{
    struct record next;
    wake_tick = yield_tick = UINT64_MAX;
    if (!peek(&next) || next.thread != threads_here()) {
        return;
    }
    bool in_call = (next.flags & RECORD_IN_CALL) != 0;
    if (next.nr == LOG_THREAD_YIELD) {
        yield_tick = next.tick;
        if (clock_slot->target > yield_tick + 1) {
            clock_slot->target = yield_tick + 1;
        }
    } else if (next.nr == LOG_INJECT || (!in_call && (next.nr == LOG_THREAD_SWITCH || next.nr == LOG_SIGNAL || next.nr == LOG_SHARED))) {
        wake_tick = next.tick;
        if (clock_slot->target > wake_tick) {
            clock_slot->target = wake_tick;
        }
    }
}

/* What others had written when the call was over. */
static void take_shared(void)
{
    struct record next;
    if (peek(&next) && next.nr == LOG_SHARED && (next.flags & RECORD_IN_CALL) && next.thread == threads_here()) {
        current = next;
        replay_apply();
        cursor += next.length;
    }
}

void replay_done(void)
{
    struct record next;
    cursor += current.length;
    take_shared();
    while (!signals_handling() && peek(&next) && next.nr == LOG_SIGNAL && (next.flags & RECORD_IN_CALL) && next.thread == threads_here()) {
        cursor += next.length;
        signals_run_handler(next.result);
    }
    note_wake();
}

void replay_park(uint64_t at)
{
    cursor = at;
    wake_tick = yield_tick = UINT64_MAX;
}

void replay_look_again(void)
{
    if (session.mode == MODE_REPLAY && wake_tick == UINT64_MAX) {
        note_wake();
    }
}

void replay_start(uint64_t at)
{
    cursor = at;
    note_wake();
}

uint64_t replay_cursor(void) { return session.mode == MODE_RECORD ? log_end_cursor() : cursor; }
uint64_t replay_wake_tick(void)
{
    uint64_t yield = yield_tick == UINT64_MAX ? UINT64_MAX : yield_tick + 1;
    return session.mode != MODE_REPLAY ? UINT64_MAX : wake_tick < yield ? wake_tick : yield;
}

bool replay_due_after_call(struct record *record)
{
    if (session.mode != MODE_REPLAY || !peek(&current) || current.nr != LOG_SIGNAL || !(current.flags & RECORD_IN_CALL)) {
        return false;
    }
    *record = current;
    return true;
}

bool replay_switches(void)
{
    struct record next;
    return session.mode == MODE_REPLAY && peek(&next) && next.nr == LOG_THREAD_SWITCH && (next.flags & RECORD_IN_CALL) && next.thread == threads_here() && next.tick == clock_tick();
}

bool replay_due(struct record *record)
{
    if (session.mode != MODE_REPLAY || wake_tick != clock_tick() || !peek(&current)) {
        return false;
    }
    *record = current;
    return true;
}
