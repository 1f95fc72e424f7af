/* What brings the program back to the dispatcher: Syscall User Dispatch for its system calls, int3 for breakpoints, signals. Each handler only notes the registers and
 * returns into the dispatcher, so that everything is done in the one place, and in the same way as for translated code. Where the program's next instruction must not
 * run by itself (a breakpoint is on it, the clock would be read), it is translated alone. */
#include "native.h"

#include <asm/prctl.h>
#include <errno.h>
#include <linux/audit.h>
#include <string.h>
#include <sys/prctl.h>

#include "clock.h"
#include "context.h"
#include "enter.h"
#include "entropy.h"
#include "handover.h"
#include "image.h"
#include "kernel_threads.h"
#include "patch.h"
#include "program.h"
#include "program_signals.h"
#include "properties.h"
#include "protocol.h"
#include "raw.h"
#include "runloop.h"
#include "session.h"
#include "signals.h"
#include "sites.h"
#include "translator.h"
#include "traps.h"

enum { SET_SYSCALL_USER_DISPATCH = 59, DISPATCH_OFF = 0, DISPATCH_ON = 1 };

static bool chosen, prepared, dispatching;
static volatile bool running;
static volatile enum { PENDING_NOTHING, PENDING_CALL, PENDING_OLD_CALL, PENDING_BREAK, PENDING_STEP } pending;
static uint64_t translate_until; /* tick */
static bool finishing;           /* the instruction that was interrupted; then attention is wanted again */
static unsigned resumption;      /* of the run that translate_until belongs to */

void native_choose(void) { chosen = true; }
bool native_wanted(void) { return chosen; }
bool native_chosen(void) { return chosen && session.mode == MODE_RECORD && !handover_made(); }
bool native_running(void) { return running; }

/* ---- leaving ---- */

/* Whatever a translation looks for needs one. */
static bool request_fits(void)
{
    const struct program_request *request = &program_request;
    return request->mode == PROGRAM_STOP && request->predicate == PROGRAM_STOP && !request->watches && !request->match && !request->lines && !request->line_stop && request->limit == UINT64_MAX
        && request->range_low == request->range_high;
}

static bool may_leave(void) { return native_chosen() && session.started && request_fits(); }

static void on_sigsys(int signal, siginfo_t *info, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    (void)signal;
    if (native_take_over(registers)) {
        CONTEXT->r[RAX] = (uint64_t)info->si_syscall;
        pending = info->si_arch == AUDIT_ARCH_X86_64 ? PENDING_CALL : PENDING_OLD_CALL;
        runloop_attention = true;
    }
}

void native_allow_clock(bool allow)
{
    if (prepared) {
        RAW(SYS_prctl, PR_SET_TSC, allow ? PR_TSC_ENABLE : PR_TSC_SIGSEGV, 0, 0, 0);
        RAW(SYS_arch_prctl, ARCH_SET_CPUID, allow); /* fails where the processor cannot trap it */
    }
}

void native_patch(void)
{
    if (native_chosen()) {
        patch_install();
    }
}

/* Dispatch does not survive a fork, and so neither that of a head into the head of a branch; the rest does. */
static bool prepare(void)
{
    if (!prepared) {
        signals_install_kernel(SIGSYS, on_sigsys, SA_NODEFER);
        prepared = true;
        native_allow_clock(false);
    }
    if (!dispatching) {
        dispatching = RAW(SYS_prctl, SET_SYSCALL_USER_DISPATCH, DISPATCH_ON, session.text_start, session.text_size, 0) == 0;
    }
    return dispatching;
}

void native_pause(void)
{
    traps_remove();
    native_call_directly(true);
    native_allow_clock(true);
    RAW(SYS_prctl, SET_SYSCALL_USER_DISPATCH, DISPATCH_OFF, 0, 0, 0);
    dispatching = false;
}

void native_resume(void)
{
    native_call_directly(false);
    native_allow_clock(false);
}

void native_let_go(void)
{
    native_pause();
    entropy_remove(0, UINT64_MAX);
}

void native_after_fork(void)
{
    dispatching = false;
    traps_remove();
}

void native_call_directly(bool directly) { CONTEXT->call = (uint64_t)(uintptr_t)(directly ? enter_call_directly : enter_call); }

/* Counted like everywhere, so that a call that is given up can be taken back. */
static void make_call(void)
{
    runloop_set_tick(runloop_tick() + 1);
    host_syscall();
}

static uint8_t *leave(uint8_t *where)
{
    calls_forget_return();
    program_exact = false;
    running = true;
    return where;
}

/* The stub that made the call knows where to go on, so that nothing is looked for where nothing has happened. */
uint8_t *host_native_call(void)
{
    uint64_t behind = CONTEXT->pc, in_stub = CONTEXT->r[R11] + SYSCALL_BYTES;
    unsigned resumptions = host_resumptions, removals = patch_removals;
    running = false;
    make_call();
    bool as_before = CONTEXT->pc == behind && resumptions == host_resumptions && removals == patch_removals && !runloop_attention && !program_exact && dispatching && native_chosen();
    clock_slot->ticks = runloop_tick();
    return as_before ? leave((uint8_t *)in_stub) : NULL;
}

void native_hold(void)
{
    resumption = host_resumptions;
    translate_until = runloop_tick() + 1;
}

uint64_t native_translate_until(void)
{
    if (!may_leave()) {
        return UINT64_MAX;
    }
    if (resumption != host_resumptions) {
        native_hold(); /* a breakpoint we stand at is passed by it, too */
    }
    return translate_until;
}

/* Standing at one, nobody can tell whether it has begun. Translated, it is one tick either way. */
bool native_finishes_instruction(void)
{
    uint8_t bytes[MAX_INSTRUCTION];
    size_t copied;
    struct instruction instruction;
    if (program_exact || !may_leave() || finishing || image_read(CONTEXT->pc, bytes, sizeof bytes, &copied) == IMAGE_NONE
        || !decode(bytes, copied, &instruction) || !instruction_repeats(&instruction)) {
        return false;
    }
    finishing = true;
    native_hold();
    return true;
}

uint8_t *host_leaves(void)
{
    if (session.mode == MODE_OFF && session.role == ROLE_NONE) {
        if (kernel_threads_exist()) {
            kernel_threads_release();
        }
        return (uint8_t *)patch_entry(CONTEXT->pc);
    }
    if (runloop_attention || !may_leave() || native_translate_until() > runloop_tick() || !prepare()) {
        return NULL;
    }
    if (finishing) {
        finishing = false;
        runloop_attention = true;
        return NULL;
    }
    if (instrumentation.breaks) {
        traps_insert();
    }
    return leave((uint8_t *)patch_entry(CONTEXT->pc));
}

bool host_stays(void)
{
    bool was = running;
    running = false;
    return was;
}

/* ---- coming back ---- */

bool native_take_over(greg_t *registers)
{
    uint64_t rip = (uint64_t)registers[REG_RIP];
    if (!running) {
        return false;
    }
    if (rip >= (uint64_t)(uintptr_t)enter_resume && rip < (uint64_t)(uintptr_t)enter_resume_end) {
        running = false;
        registers[REG_RIP] = (greg_t)enter_again; /* the context is still complete */
        return true;
    }
    if (rip >= session.text_start && rip < session.text_start + session.text_size) {
        return false;
    }
    running = false;
    signals_take_registers(registers);
    CONTEXT->pc = patch_address(rip);
    registers[REG_RIP] = (greg_t)enter_after_signal;
    return true;
}

static bool asks_outside(uint64_t pc)
{
    uint8_t bytes[3];
    size_t copied;
    return image_read(pc, bytes, sizeof bytes, &copied) != IMAGE_NONE && copied >= 2
        && ((bytes[0] == 0x0F && (bytes[1] == 0x31 || bytes[1] == 0xA2)) || (copied == 3 && bytes[0] == 0x0F && bytes[1] == 0x01 && bytes[2] == 0xF9));
}

bool native_own_fault(int signal, uint64_t rip)
{
    if (signal == SIGTRAP && traps_has(rip - 1)) {
        CONTEXT->pc = rip - 1;
        pending = PENDING_BREAK;
    } else if (signal == SIGTRAP && entropy_is_trap(rip - 1)) {
        CONTEXT->pc = rip - 1;
        pending = PENDING_STEP;
    } else if (signal == SIGSEGV && asks_outside(rip)) {
        pending = PENDING_STEP;
    } else {
        return false;
    }
    runloop_attention = true;
    return true;
}

bool native_pending(void)
{
    int what = pending;
    pending = PENDING_NOTHING;
    switch (what) {
    case PENDING_CALL: make_call(); return true;
    case PENDING_OLD_CALL: CONTEXT->pc -= SYSCALL_BYTES; host_unsupported(NULL); return true; /* int 0x80 is as long */
    case PENDING_BREAK: program_stop(STOP_BREAKPOINT, 0, points_at(CONTEXT->pc), ""); return true;
    case PENDING_STEP: native_hold(); return true;
    default: return false;
    }
}
