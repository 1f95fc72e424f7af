/* Faults of translated code, traced back to the program's instruction; of the program's own, in a native head; and libfred's, on the program's pointers. */
#include <string.h>

#include "codecache.h"
#include "context.h"
#include "enter.h"
#include "far.h"
#include "image.h"
#include "native.h"
#include "program.h"
#include "program_signals.h"
#include "properties.h"
#include "runloop.h"
#include "signal_state.h"
#include "signals.h"
#include "step.h"

/* Where the kernel has each in a handler's context. */
static const uint8_t place_of[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                     REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

void signals_give_registers(greg_t *g)
{
    for (int i = 0; i < 16; i++) {
        g[place_of[i]] = (greg_t)CONTEXT->r[i];
    }
}

void signals_take_registers(const greg_t *g)
{
    for (int i = 0; i < 16; i++) {
        CONTEXT->r[i] = (uint64_t)g[place_of[i]];
    }
    CONTEXT->rflags = (uint64_t)g[REG_EFL] & ~(uint64_t)0x10000; /* RF is the fault's */
}

/* Which instruction of the block has its translation around `host`. */
static unsigned index_of(const struct block *block, const uint8_t *host)
{
    unsigned offset = (unsigned)(host - block->checked), index = 0;
    while (index + 1 < block->count && block->offsets[index + 1] <= offset) {
        index++;
    }
    return index;
}

static uint64_t address_of(const struct block *block, unsigned index)
{
    uint64_t pc = block->pc;
    if (block->pcs != NULL) {
        return block->pcs[index];
    }
    for (unsigned i = 0; i < index; i++) {
        uint8_t bytes[MAX_INSTRUCTION];
        struct instruction instruction;
        size_t available;
        if (image_read(pc, bytes, sizeof bytes, &available) == IMAGE_NONE || !decode(bytes, available, &instruction)) {
            break;
        }
        pc += instruction.length;
    }
    return pc;
}

/* Indirect branches borrow rcx before they load their target and push; others may have lent a register for an address. */
static void take_borrowed_back(const uint8_t *translation)
{
    uint8_t bytes[MAX_INSTRUCTION];
    struct instruction instruction;
    size_t available;
    int lent = far_borrowed(translation);
    if (lent >= 0) {
        CONTEXT->r[lent] = CONTEXT->lent;
    } else if (image_read(CONTEXT->pc, bytes, sizeof bytes, &available) != IMAGE_NONE && decode(bytes, available, &instruction)) {
        enum flow flow = instruction_flow(&instruction);
        CONTEXT->r[RCX] = flow == FLOW_CALL_INDIRECT || flow == FLOW_JUMP_INDIRECT ? CONTEXT->rcx : CONTEXT->r[RCX];
    }
}

/* The state of the program before the instruction that faulted, as if it had not begun. */
static void unwind(const struct block *block, const greg_t *g)
{
    const uint8_t *host = (const uint8_t *)g[REG_RIP];
    unsigned after = signals.fault.signal == SIGTRAP; /* int3 has been executed: the kernel reports its successor */
    unsigned index = index_of(block, host - after);
    signals_take_registers(g);
    CONTEXT->pc = address_of(block, index + after);
    take_borrowed_back(block->checked + block->offsets[index]);
    CONTEXT->left += block->count - index - after;
}

void signals_on_fault(int signal, siginfo_t *info, void *context)
{
    ucontext_t *user = context;
    greg_t *g = user->uc_mcontext.gregs;
    if (session.mode == MODE_OFF && session.role == ROLE_NONE) {
        signals_run_directly(signal, info, context);
        return;
    }
    if (info->si_code <= 0) { /* sent, not met */
        signals_on_asynchronous(signal, info, context);
        return;
    }
    uint64_t rip = (uint64_t)g[REG_RIP];
    enum step step = step_meet(signal, g);
    if (step == STEP_GOES_ON) {
        return;
    }
    const struct block *block = native_running() || step != STEP_NONE ? NULL : cache_find_code((const uint8_t *)rip);
    signals.fault.details = (struct fault_details){(uint64_t)g[REG_ERR], (uint64_t)g[REG_TRAPNO], (uint64_t)g[REG_CR2]};
    if (block == NULL && step == STEP_NONE && !native_take_over(g)) {
        if (!program_guard_catches(g)) { /* libfred's own mistake */
            signals_set_default(signal);
        }
        return;
    }
    if (block == NULL && step == STEP_NONE && native_own_fault(signal, rip)) {
        return;
    }
    signals.fault.signal = signal;
    memcpy(signals.fault.info, info, SIGNAL_INFO_BYTES);
    if (block != NULL) {
        unwind(block, g);
        g[REG_RIP] = (greg_t)enter_after_signal;
    }
    if (signal == SIGILL || signal == SIGFPE) {
        memcpy(signals.fault.info + 16, &CONTEXT->pc, sizeof CONTEXT->pc); /* si_addr is the instruction: not where its translation is */
    }
    runloop_attention = true;
}
