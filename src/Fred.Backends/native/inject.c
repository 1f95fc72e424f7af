#include "inject.h"

#include <string.h>

#include "clock.h"
#include "python.h"
#include "replay.h"
#include "session.h"
#include "signals.h"
#include "threads.h"

enum { MAX_TEXT = 64 * 1024, STACK_GAP = 256 * 1024, THREAD_STACK_GAP = 48 * 1024 };

/* What the log keeps of a call. */
struct injection {
    int64_t number;
    char text[MAX_TEXT];
};

static struct {
    uint64_t breakpoint, tick;
    int64_t value;
} replayed_condition = {0, UINT64_MAX, 0};

bool inject_touched;

static const char *const operations[] = {[INJECT_STATEMENT] = "exec", [INJECT_CONDITION] = "condition"};

/* Calls Python with the stack pointer at a fixed distance below the stop. The head gets here from its control loop, a replica from its log,
 * by different ways; but a statement that makes system calls has its buffers on the stack, and they are replayed by address. */
static __attribute__((noinline)) void at_common_depth(const char *op, int64_t number, const char *text, char *reply, size_t size, int64_t *value)
{
    char *here = __builtin_frame_address(0), *wanted = clock_stack - (threads_is_first() ? STACK_GAP : THREAD_STACK_GAP);
    if (clock_stack != NULL && here > wanted) {
        volatile char *gap = __builtin_alloca((size_t)(here - wanted));
        gap[0] = 0;
    }
    python_call(op, number, text, reply, size, value);
}

/* Runs agent code between two ticks: probes it passes do not count. */
static int64_t call_agent(const char *op, int64_t number, const char *text, char *reply, size_t size)
{
    int64_t value = -1;
    uint64_t tick = clock_slot->ticks, target = clock_slot->target;
    struct where where = clock_where;
    clock_suspended = true;
    at_common_depth(op, number, text, reply, size, &value);
    clock_suspended = false;
    inject_touched |= session.mode == MODE_OFF && clock_slot->ticks != tick;
    clock_where = where;
    clock_slot->ticks = tick;
    clock_slot->target = target;
    return value;
}

static int64_t call(enum inject_kind kind, int64_t number, const char *text, char *reply, size_t size)
{
    if (kind == INJECT_FREEZE) {
        python_freeze(); /* passes no probe */
        return 0;
    }
    return call_agent(operations[kind], number, text, reply, size);
}

int64_t inject_live(enum inject_kind kind, int64_t number, const char *text, char *reply, size_t size)
{
    static struct injection injection;
    size_t length = strlen(text);
    if (length >= MAX_TEXT) {
        length = MAX_TEXT - 1;
    }
    injection.number = number;
    memcpy(injection.text, text, length);
    injection.text[length] = '\0';
    log_begin(LOG_INJECT, kind, 0, 0);
    log_data(0, &injection, offsetof(struct injection, text) + length);
    log_end();
    return call(kind, number, injection.text, reply, size);
}

void inject_replay(const struct record *record)
{
    static struct injection injection;
    enum inject_kind kind = (enum inject_kind)record->result;
    replay_data(&injection, sizeof injection);
    replay_done();
    int64_t value = call(kind, injection.number, injection.text, NULL, 0);
    if (kind == INJECT_CONDITION) {
        replayed_condition.breakpoint = (uint64_t)injection.number;
        replayed_condition.tick = clock_tick();
        replayed_condition.value = value;
    }
}

bool inject_replayed_condition(uint64_t breakpoint, int64_t *value)
{
    if (replayed_condition.tick != clock_tick() || replayed_condition.breakpoint != breakpoint) {
        return false;
    }
    *value = replayed_condition.value;
    return true;
}

int64_t inject_perturbing(const char *op, int64_t number, const char *text, char *reply, size_t size)
{
    enum mode mode = session.mode;
    session.lenient = true;
    session.mode = MODE_OFF;
    int64_t value = call_agent(op, number, text, reply, size);
    python_repeat_request();
    session.mode = mode;
    return value;
}

void replay_asynchronous(void)
{
    struct record event;
    while (replay_due(&event)) {
        if (event.nr == LOG_SIGNAL) {
            replay_done();
            signals_run_handler(event.result);
        } else if (event.nr == LOG_SHARED) {
            replay_apply();
            replay_done();
        } else {
            inject_replay(&event);
        }
    }
}
