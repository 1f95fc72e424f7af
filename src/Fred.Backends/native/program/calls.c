/* System calls of translated code: the translator sees them, so nothing traps. The program stands behind the `syscall` instruction, which is counted; what stops
 * instead of performing it steps back first. */
#include "calls.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "clock.h"
#include "clones.h"
#include "context.h"
#include "contexts.h"
#include "control.h"
#include "diversion.h"
#include "entropy.h"
#include "follow.h"
#include "frame.h"
#include "handover.h"
#include "image.h"
#include "log.h"
#include "native.h"
#include "patch.h"
#include "predicate.h"
#include "program.h"
#include "program_signals.h"
#include "protocol.h"
#include "raw.h"
#include "replay.h"
#include "runloop.h"
#include "session.h"
#include "signals.h"
#include "sysdesc.h"
#include "sites.h"
#include "text.h"
#include "turns.h"
#include "waits.h"
#include "watch.h"
#include "words.h"

enum { ARITHMETIC_FLAGS = 0x8D5 };

static ucontext_t registers; /* for the parts that were written for a signal handler's */
static void *again[5], *guard[5];
static bool in_call;
static char divergence[1024]; /* of a changed replica */
static const char *refusal;   /* the call cannot be replayed */
static bool deadlock;
static bool guarded;
static bool moved; /* another thread runs than the one that made the call */

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

void program_refuse_call(const char *why)
{
    refusal = why;
    program_call_again();
}

void program_deadlock(void)
{
    deadlock = true;
    program_call_again();
}

void program_diverged(const char *text)
{
    if (program_changed && in_call) {
        strncpy(divergence, text, sizeof divergence - 1);
        program_call_again();
    }
}

static void jump_to_guard(void)
{
    guarded = false;
    __builtin_longjmp(guard, 1);
}

bool program_guard_catches(greg_t *registers)
{
    if (guarded) {
        registers[REG_RIP] = (greg_t)jump_to_guard; /* from outside the handler, which has the program's vectors in its frame */
    }
    return guarded;
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
    follow_tell_missing();
    if (follow_part()) {
        RAW(SYS_exit_group, status);
    }
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

static void replace(uint64_t start, uint64_t length)
{
    patch_remove(start, length);
    entropy_remove(start, length);
    runloop_code_changes(start, length);
}

/* Code that goes away or may change takes its translations along. */
void calls_note_mapping(const struct call *call)
{
    const int64_t *a = call->arguments;
    bool replaces = call->nr == SYS_munmap || call->nr == SYS_mprotect || call->nr == SYS_mremap || (call->nr == SYS_mmap && (a[3] & MAP_FIXED));
    if (replaces) {
        replace((uint64_t)a[0], (uint64_t)a[1]);
    }
    if (call->nr == SYS_mremap && (a[3] & MREMAP_FIXED)) {
        replace((uint64_t)a[4], (uint64_t)a[2]);
    }
    if ((call->nr == SYS_mmap || call->nr == SYS_mprotect) && (a[2] & PROT_EXEC)) {
        image_grow();
    }
}

/* Text that dlopen has just mapped. What is behind the file's end cannot be read. */
static void prepare_loaded(const struct call *call, int64_t result)
{
    const int64_t *a = call->arguments;
    const int64_t protection = PROT_READ | PROT_EXEC;
    struct stat file;
    if (call->nr == SYS_mmap && result > 0 && (a[2] & protection) == protection && native_chosen() && RAW(SYS_fstat, a[4], &file) == 0 && file.st_size > a[5]) {
        uint64_t there = (uint64_t)(file.st_size - a[5]), length = (uint64_t)a[1];
        entropy_install((uint64_t)result, (uint64_t)result + (there < length ? there : length));
    }
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

static int64_t answer(struct call *call)
{
    int64_t result;
    switch (call->nr) {
    case SYS_clone3: return -ENOSYS; /* libc falls back to clone */
    case SYS_rseq: return -ENOSYS;   /* the kernel must not write into the program's memory behind the log */
    default: break;
    }
    if (turns_call(call, &result, &moved)) {
        return result;
    }
    if (call->nr == SYS_rt_sigsuspend) {
        return suspend(call);
    }
    if (clones_call(call, &result)) {
        return result;
    }
    if (signals_call(call, &result)) {
        return result;
    }
    calls_note_mapping(call);
    if (memory_call(call, &result)) {
        prepare_loaded(call, result);
        if (instrumentation.watches) {
            watch_bind(false);
        }
        predicate_mappings_change();
        return result;
    }
    return generic_call(call);
}

/* ---- performing ---- */

static void complete(int64_t result)
{
    CONTEXT->r[RAX] = (uint64_t)result;
    CONTEXT->r[RCX] = CONTEXT->pc;
    CONTEXT->r[R11] = CONTEXT->rflags & ~(uint64_t)ARITHMETIC_FLAGS; /* the kernel stores them, but translated code may have left them stale */
}

static uint64_t returned_tick = UINT64_MAX, returned_pc;

bool calls_just_returned(void) { return returned_tick == runloop_tick() && returned_pc == CONTEXT->pc; }

void calls_forget_return(void) { returned_tick = UINT64_MAX; }

/* The program stands before the call again, or, with a part of a long write done, behind it. */
static void give_up(const struct call *call)
{
    struct waiting *waiting = &contexts_current()->waiting;
    in_call = false;
    waiting->in_call = waiting->sleeps = false;
    if (waiting->done > 0) {
        complete(generic_record(call, sysdesc_hash_inputs(sysdesc_find(call->nr), call->arguments), waiting->done));
        waiting->done = 0;
        return;
    }
    signals_resume();
    step_back();
    if (*divergence != '\0') {
        control_stop_for_good(STOP_DIVERGED, divergence);
    } else if (refusal != NULL) {
        control_stop_for_good(STOP_UNSUPPORTED, refusal);
    } else if (deadlock) {
        control_stop_for_good(STOP_DEADLOCK, "");
    }
}

void program_finish_call(void)
{
    int64_t result = -EFAULT;
    if (__builtin_setjmp(again)) { /* only a changed replica gives up here */
        control_stop_for_good(STOP_DIVERGED, divergence);
    }
    if (!__builtin_setjmp(guard)) {
        guarded = in_call = true;
        result = waits_finish();
    }
    guarded = in_call = false;
    if (result == BEGIN_AGAIN) {
        CONTEXT->pc -= SYSCALL_BYTES;
        runloop_attention = true;
    } else {
        complete(result);
    }
}

/* Calls after which the program does not go on behind them. True: it was one. */
static bool goes_elsewhere(const struct call *call)
{
    switch (call->nr) {
    case SYS_rt_sigreturn: frame_leave(); return true;
    case SYS_exit:
        if (session.role == ROLE_DIVERSION || !turns_exit(call)) {
            end_program(call->arguments[0]);
        }
        return true;
    case SYS_exit_group: end_program(call->arguments[0]); return true;
    case SYS_execve: case SYS_execveat:
        if (session.role != ROLE_DIVERSION) {
            refuse("the program replaces itself by exec, where the recording would end");
        }
        return false;
    default: return false;
    }
}

void host_syscall(void)
{
    static struct call call; /* static: must survive the long jumps */
    const uint64_t *r = CONTEXT->r;
    clock_slot->ticks = program_exact ? runloop_tick() : LOG_UNKNOWN_TICK;
    call = (struct call){(int64_t)r[RAX], {(int64_t)r[RDI], (int64_t)r[RSI], (int64_t)r[RDX], (int64_t)r[R10], (int64_t)r[R8], (int64_t)r[R9]}, &registers};
    if (__builtin_setjmp(again)) {
        give_up(&call);
        return;
    }
    if (goes_elsewhere(&call)) {
        return;
    }
    const char *why = handover_reason(&call);
    if (why != NULL) {
        step_back();
        handover_make(why);
        return;
    }
    int64_t result = -EFAULT; /* of a pointer that leads nowhere: the same in every process, so it need not be recorded */
    if (!__builtin_setjmp(guard)) {
        guarded = in_call = true;
        result = session.role == ROLE_DIVERSION ? diversion_call(&call) : answer(&call);
    }
    guarded = in_call = false;
    if (moved) {
        moved = false;
        return;
    }
    complete(result);
    events_after_call();
    returned_tick = runloop_tick();
    returned_pc = CONTEXT->pc;
}
