/* System calls of translated code: the translator sees them, so nothing traps. The program stands behind the `syscall` instruction, which is counted; what stops
 * instead of performing it steps back first. */
#include "calls.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "clock.h"
#include "context.h"
#include "control.h"
#include "diversion.h"
#include "frame.h"
#include "handover.h"
#include "log.h"
#include "native.h"
#include "patch.h"
#include "program.h"
#include "program_signals.h"
#include "protocol.h"
#include "raw.h"
#include "replay.h"
#include "runloop.h"
#include "session.h"
#include "signals.h"
#include "sites.h"
#include "text.h"
#include "watch.h"
#include "words.h"

enum { ARITHMETIC_FLAGS = 0x8D5 };

static ucontext_t registers; /* for the parts that were written for a signal handler's */
static void *again[5], *guard[5];
static bool in_call;
static char divergence[1024]; /* of a changed replica */
static bool guarded;

/* ---- stepping back ---- */

static void step_back(void)
{
    CONTEXT->pc -= SYSCALL_BYTES;
    runloop_set_tick(runloop_tick() - 1);
}

void program_call_again(void)
{
    guarded = false;
    __builtin_longjmp(again, 1);
}

void program_diverged(const char *text)
{
    if (program_changed && in_call) {
        strncpy(divergence, text, sizeof divergence - 1);
        program_call_again();
    }
}

void program_guard_failed(void)
{
    if (guarded) {
        guarded = false;
        signals_restore_kernel_mask(); /* the handler we are in is left by a jump */
        __builtin_longjmp(guard, 1);
    }
}

__attribute__((noreturn)) static void refuse(const char *why)
{
    step_back();
    control_stop_for_good(STOP_UNSUPPORTED, why);
}

/* The end: history stays explorable until the controller lets go. A replica cannot go on. */
static void end_program(int64_t status)
{
    char detail[24];
    step_back();
    uint64_t pc = CONTEXT->pc;
    text_format(detail, (uint64_t)(status & 0xFF));
    do {
        program_stop(STOP_EXIT, 0, points_at(pc), detail);
        if (CONTEXT->pc != pc) {
            return; /* the user made it go elsewhere */
        }
    } while (session.mode != MODE_RECORD && session.role != ROLE_DIVERSION);
    RAW(SYS_exit_group, status);
}

/* ---- the kinds ---- */

static void fill_registers(void)
{
    static const uint8_t to[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                   REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
    for (int i = 0; i < 16; i++) {
        registers.uc_mcontext.gregs[to[i]] = (greg_t)CONTEXT->r[i];
    }
    registers.uc_mcontext.gregs[REG_RIP] = (greg_t)patch_entry(CONTEXT->pc);
}

/* Code that goes away or may change takes its translations along. */
static void note_mapping(const struct call *call)
{
    const int64_t *a = call->arguments;
    bool replaces = call->nr == SYS_munmap || call->nr == SYS_mprotect || call->nr == SYS_mremap || (call->nr == SYS_mmap && (a[3] & MAP_FIXED));
    if (replaces) {
        patch_remove((uint64_t)a[0], (uint64_t)a[1]);
        runloop_code_changes((uint64_t)a[0], (uint64_t)a[1]);
    }
}

static bool is_mapping(int64_t nr)
{
    return nr == SYS_mmap || nr == SYS_munmap || nr == SYS_mprotect || nr == SYS_mremap || nr == SYS_brk || nr == SYS_madvise;
}

static int64_t suspend(struct call *call)
{
    signals_suspend(*(const uint64_t *)call->arguments[0]);
    int64_t result = generic_call(call);
    bool delivered = session.mode == MODE_RECORD ? signals_pending() : replay_wake_tick() == runloop_tick();
    if (delivered) {
        runloop_attention = true;
    } else {
        signals_resume();
    }
    return result;
}

static void check_clone(const struct call *call)
{
    int64_t flags = call->arguments[0];
    if (call->nr == SYS_clone && ((flags & CLONE_THREAD) || ((flags & CLONE_VM) && !(flags & CLONE_VFORK)))) {
        refuse("the program starts a thread, which this version of Fred cannot replay; history up to here can be explored");
    }
}

static bool is_fork(int64_t nr) { return nr == SYS_clone || nr == SYS_fork || nr == SYS_vfork; }

/* The child runs without us, and would not survive a trap meant for us. */
static int64_t fork_child(struct call *call)
{
    int64_t result = 0;
    fill_registers();
    native_call_directly(true);
    native_allow_clock(true);
    children_call(call, &result);
    if (session.mode != MODE_OFF) {
        native_allow_clock(false);
        native_call_directly(false);
    }
    return result;
}

static int64_t answer(struct call *call)
{
    int64_t result;
    switch (call->nr) {
    case SYS_clone3: return -ENOSYS; /* libc falls back to clone */
    case SYS_rseq: return -ENOSYS;   /* the kernel must not write into the program's memory behind the log */
    case SYS_rt_sigsuspend: return suspend(call);
    default: break;
    }
    check_clone(call);
    if (signals_call(call, &result)) {
        return result;
    }
    note_mapping(call);
    if (memory_call(call, &result)) {
        if (instrumentation.watches) {
            watch_bind(false);
        }
        return result;
    }
    return is_fork(call->nr) ? fork_child(call) : generic_call(call);
}

/* A diversion has no outside world. */
static int64_t divert(const struct call *call)
{
    const int64_t *a = call->arguments;
    int64_t result;
    struct call copy = *call;
    if (signals_call(&copy, &result)) {
        return result;
    }
    if (is_mapping(call->nr)) {
        note_mapping(call);
        return intercept_perform(call);
    }
    switch (call->nr) {
    case SYS_write: return a[0] == 1 || a[0] == 2 ? diversion_output((int)a[0], (const void *)a[1], (uint64_t)a[2]) : -ENOSYS;
    case SYS_writev: return a[0] == 1 || a[0] == 2 ? diversion_output_vector((int)a[0], (const struct iovec *)a[1], a[2]) : -ENOSYS;
    case SYS_clock_gettime: case SYS_gettimeofday: case SYS_time: case SYS_getpid: case SYS_gettid: case SYS_getuid: case SYS_getcpu: case SYS_futex:
        return intercept_perform(call);
    default: return -ENOSYS;
    }
}

/* ---- performing ---- */

static int64_t perform(struct call *call)
{
    if (__builtin_setjmp(guard)) {
        return -EFAULT; /* a pointer that leads nowhere: the same in every process, so it need not be recorded */
    }
    guarded = true;
    int64_t result = session.role == ROLE_DIVERSION ? divert(call) : answer(call);
    guarded = false;
    return result;
}

static void complete(int64_t result)
{
    CONTEXT->r[RAX] = (uint64_t)result;
    CONTEXT->r[RCX] = CONTEXT->pc;
    CONTEXT->r[R11] = CONTEXT->rflags & ~(uint64_t)ARITHMETIC_FLAGS; /* the kernel stores them, but translated code may have left them stale */
}

static uint64_t returned_tick = UINT64_MAX, returned_pc;

bool calls_just_returned(void) { return returned_tick == runloop_tick() && returned_pc == CONTEXT->pc; }

void calls_forget_return(void) { returned_tick = UINT64_MAX; }

void host_syscall(void)
{
    static struct call call; /* static: must survive the long jumps */
    const uint64_t *r = CONTEXT->r;
    clock_slot->ticks = program_exact ? runloop_tick() : LOG_UNKNOWN_TICK;
    call = (struct call){(int64_t)r[RAX], {(int64_t)r[RDI], (int64_t)r[RSI], (int64_t)r[RDX], (int64_t)r[R10], (int64_t)r[R8], (int64_t)r[R9]}, &registers};
    switch (call.nr) {
    case SYS_rt_sigreturn: frame_leave(); return;
    case SYS_exit: case SYS_exit_group: end_program(call.arguments[0]); return;
    case SYS_execve: case SYS_execveat:
        if (session.role != ROLE_DIVERSION) {
            refuse("the program replaces itself by exec, where the recording would end");
        }
        break;
    default: break;
    }
    const char *why = handover_reason(&call);
    if (why != NULL) {
        step_back();
        handover_make(why);
        return;
    }
    in_call = true;
    if (__builtin_setjmp(again)) {
        in_call = false;
        step_back();
        if (*divergence != '\0') {
            control_stop_for_good(STOP_DIVERGED, divergence);
        }
        return;
    }
    complete(perform(&call));
    in_call = false;
    events_after_call();
    returned_tick = runloop_tick();
    returned_pc = CONTEXT->pc;
}
