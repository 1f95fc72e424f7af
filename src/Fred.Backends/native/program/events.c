/* Events that belong to a tick, not to a system call: signals, and what the user changed in the head. */
#include <string.h>

#include "context.h"
#include "control.h"
#include "frame.h"
#include "log.h"
#include "program.h"
#include "program_signals.h"
#include "protocol.h"
#include "raw.h"
#include "replay.h"
#include "runloop.h"
#include "session.h"
#include "turns.h"

enum { INJECT_MEMORY = 1, INJECT_REGISTERS = 2 };

struct registers {
    uint64_t r[16], rflags, pc;
    uint8_t vectors[XSAVE_BYTES];
};

static void record(int kind, const void *bytes, uint64_t length, uint64_t address)
{
    if (session.mode == MODE_RECORD) {
        log_begin(LOG_INJECT, kind, address, 0);
        log_data(0, bytes, length);
        log_end();
        log_flush();
    }
}

void events_record_memory(uint64_t address, const void *bytes, uint64_t length) { record(INJECT_MEMORY, bytes, length, address); }

void events_record_registers(void)
{
    static struct registers registers;
    memcpy(registers.r, CONTEXT->r, sizeof registers.r);
    registers.rflags = CONTEXT->rflags;
    registers.pc = CONTEXT->pc;
    memcpy(registers.vectors, context_vectors(), sizeof registers.vectors);
    record(INJECT_REGISTERS, &registers, sizeof registers, 0);
}

static void inject(const struct record *event)
{
    static union { uint8_t bytes[sizeof(struct registers) + 1]; struct registers registers; } data; /* replay_data ends it with a NUL */
    uint64_t length = replay_data(&data, sizeof data);
    if (event->result == INJECT_MEMORY) {
        state_poke(event->out_hash, data.bytes, length);
    } else {
        memcpy(CONTEXT->r, data.registers.r, sizeof data.registers.r);
        CONTEXT->rflags = data.registers.rflags;
        CONTEXT->pc = data.registers.pc;
        memcpy(context_change_vectors(), data.registers.vectors, sizeof data.registers.vectors);
    }
    replay_done();
}

bool events_repeat(void)
{
    struct record event;
    bool any = false;
    while (replay_due(&event) && event.nr == LOG_INJECT) {
        inject(&event);
        any = true;
    }
    return any;
}

static void enter_handler(const struct record *event)
{
    uint8_t info[SIGNAL_INFO_BYTES + 1] = {0};
    replay_data(info, sizeof info);
    replay_done();
    signals_enter_recorded((int)event->result, info);
}

void events_after_call(void)
{
    struct record event;
    while (replay_due_after_call(&event)) {
        enter_handler(&event); /* its first instruction is a place to be; what is behind the call is none */
        signals_stop_again((int)event.result);
    }
}

bool events_meet(void)
{
    struct record event;
    if (events_repeat()) {
        return true;
    }
    if (!replay_due(&event)) {
        return false;
    }
    if (event.nr == LOG_THREAD_SWITCH) {
        turns_follow();
    } else if (!signals_stop_again((int)event.result)) { /* after a stop it is looked at again */
        enter_handler(&event);
    }
    return true;
}
