/* One instruction where it is, with the trap flag set: exact whatever the processor does, and some thousand times slower than a translation. The flag is set by returning from a signal handler, because
 * only so nothing is executed between that and the instruction. */
#include "step.h"

#include <cpuid.h>
#include <signal.h>

#include "context.h"
#include "decoder.h"
#include "enter.h"
#include "image.h"
#include "native.h"
#include "program.h"
#include "program_signals.h"
#include "properties.h"
#include "runloop.h"
#include "sites.h"

enum { TRAP_FLAG = 0x100, BEGIN_TRANSACTION = 0xC7, FEATURES = 7, TRANSACTIONS = 1 << 11 };

static volatile bool stepping;

static bool has_transactions(void)
{
    unsigned a, b = 0, c, d;
    native_allow_clock(true); /* cpuid traps, too */
    __get_cpuid_count(FEATURES, 0, &a, &b, &c, &d);
    native_allow_clock(false);
    return b & TRANSACTIONS;
}

static bool decode_here(struct instruction *instruction, uint8_t bytes[MAX_INSTRUCTION])
{
    size_t available;
    return image_read(CONTEXT->pc, bytes, MAX_INSTRUCTION, &available) != IMAGE_NONE && decode(bytes, available, instruction);
}

/* A transaction may fail at any time, for no reason that a program could rely on: here it does so at once. */
static bool fails_transaction(void)
{
    uint8_t bytes[MAX_INSTRUCTION];
    struct instruction i;
    if (!decode_here(&i, bytes) || i.encoding != ENCODING_LEGACY || i.map != 0 || i.opcode != BEGIN_TRANSACTION || instruction_flow(&i) != FLOW_STEP || !has_transactions()) {
        return false;
    }
    CONTEXT->r[RAX] = 0;
    CONTEXT->pc = instruction_target(&i, bytes, CONTEXT->pc);
    return true;
}

void host_step(void)
{
    if (fails_transaction()) {
        return;
    }
    stepping = true;
    ((void (*)(void))enter_step)();
}

bool host_step_far(void)
{
    uint8_t bytes[MAX_INSTRUCTION];
    struct instruction instruction;
    enum flow flow = decode_here(&instruction, bytes) ? instruction_flow(&instruction) : FLOW_STEP;
    if (flow == FLOW_UNSUPPORTED) {
        return false;
    }
    runloop_set_tick(runloop_tick() + 1);
    if (flow == FLOW_SYSCALL) {
        CONTEXT->pc += SYSCALL_BYTES;
        host_syscall();
    } else if (flow == FLOW_ENVIRONMENT) {
        host_environment();
    } else {
        host_step();
    }
    return true;
}

static void put_registers(greg_t *g)
{
    signals_give_registers(g);
    g[REG_RIP] = (greg_t)CONTEXT->pc;
    g[REG_EFL] = (greg_t)(CONTEXT->rflags | TRAP_FLAG);
}

enum step step_meet(int signal, greg_t *g)
{
    if (!stepping) {
        return STEP_NONE;
    }
    if (g[REG_RIP] - 1 == (greg_t)enter_step_trap) {
        put_registers(g);
        return STEP_GOES_ON;
    }
    bool faulted = signal != SIGTRAP || g[REG_TRAPNO] != 1;
    stepping = false;
    g[REG_EFL] &= ~(greg_t)TRAP_FLAG;
    signals_take_registers(g);
    CONTEXT->pc = (uint64_t)g[REG_RIP];
    CONTEXT->left += faulted;
    g[REG_RIP] = (greg_t)enter_after_signal;
    return faulted ? STEP_FAULTED : STEP_GOES_ON;
}
