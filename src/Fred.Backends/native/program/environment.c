/* Instructions whose result comes from outside the program: executed once, by the head, and repeated from the log. A native head records cpuid only where the processor can
 * trap it; elsewhere it gives every process the same, but for the number of the processor it happens to run on. */
#include <string.h>

#include "clock.h"
#include "context.h"
#include "control.h"
#include "decoder.h"
#include "image.h"
#include "log.h"
#include "native.h"
#include "program.h"
#include "replay.h"
#include "runloop.h"
#include "session.h"

struct outcome {
    uint64_t rax, rbx, rcx, rdx, value;
};

enum { CPUID = 0xA2, RDRAND = 6, CARRY = 1, ARITHMETIC_FLAGS = 0x8D5 };

static struct outcome execute(const struct instruction *i)
{
    const uint64_t *r = CONTEXT->r;
    struct outcome o = {r[RAX], r[RBX], r[RCX], r[RDX], 0};
    if (i->opcode == CPUID) {
        uint32_t a = (uint32_t)r[RAX], b, c = (uint32_t)r[RCX], d;
        native_allow_clock(true);
        __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
        native_allow_clock(false);
        return (struct outcome){a, b, c, d, 0};
    }
    if (i->opcode == 0xC7 && instruction_group(i) == RDRAND) {
        __asm__ volatile("1: rdrand %0; jnc 1b" : "=r"(o.value) : : "cc");
        return o;
    }
    if (i->opcode == 0xC7) {
        __asm__ volatile("1: rdseed %0; jnc 1b" : "=r"(o.value) : : "cc");
        return o;
    }
    uint32_t low, high, processor;
    native_allow_clock(true);
    __asm__ volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(processor));
    native_allow_clock(false);
    o.rax = low;
    o.rdx = high;
    o.rcx = i->opcode == 0x01 ? processor : o.rcx;
    return o;
}

static void write_register(const struct instruction *i, uint64_t value)
{
    uint64_t *to = &CONTEXT->r[(i->modrm & 7) | (i->rex & 1) << 3];
    if (i->rex & 8) {
        *to = value;
    } else if (i->operand16) {
        *to = (*to & ~(uint64_t)0xFFFF) | (value & 0xFFFF);
    } else {
        *to = (uint32_t)value;
    }
    CONTEXT->rflags = (CONTEXT->rflags & ~(uint64_t)ARITHMETIC_FLAGS) | CARRY;
}

static void apply(const struct instruction *i, const struct outcome *o)
{
    if (i->opcode == 0xC7) {
        write_register(i, o->value);
        return;
    }
    CONTEXT->r[RAX] = o->rax;
    CONTEXT->r[RDX] = o->rdx;
    CONTEXT->r[RCX] = o->rcx;
    CONTEXT->r[RBX] = o->rbx;
}

void host_environment(void)
{
    uint8_t bytes[MAX_INSTRUCTION];
    size_t available;
    struct instruction instruction;
    struct { struct outcome outcome; uint8_t end; } logged;
    image_read(CONTEXT->pc, bytes, sizeof bytes, &available);
    decode(bytes, available, &instruction);
    clock_slot->ticks = program_exact || session.mode != MODE_RECORD ? runloop_tick() : LOG_UNKNOWN_TICK;
    if (instruction.opcode == 0xC7 && instruction.repeat == 0xF3) { /* rdpid: on every processor we are on the first */
        CONTEXT->r[(instruction.modrm & 7) | (instruction.rex & 1) << 3] = 0;
    } else if (session.mode == MODE_REPLAY && !(instruction.opcode == CPUID && !replay_is_next(LOG_PROCESSOR, CPUID))) {
        if (!replay_is_next(LOG_PROCESSOR, instruction.opcode) && instruction.opcode == 0xC7) {
            replay_diverged("the program used rdrand or rdseed, in code that a head at full speed could not prepare for recording it: run it with --head translated");
        }
        replay_expect(LOG_PROCESSOR, instruction.opcode, NULL);
        replay_data(&logged, sizeof logged);
        replay_done();
        apply(&instruction, &logged.outcome);
    } else {
        struct outcome outcome = execute(&instruction);
        apply(&instruction, &outcome);
        if (session.mode == MODE_RECORD) {
            log_begin(LOG_PROCESSOR, 0, instruction.opcode, 0);
            log_data(0, &outcome, sizeof outcome);
            log_end();
        }
    }
    CONTEXT->pc += instruction.length;
}
