#include "clones.h"

#include <sched.h>
#include <sys/prctl.h>

#include "calls.h"
#include "context.h"
#include "contexts.h"
#include "follow.h"
#include "kernel_threads.h"
#include "native.h"
#include "patch.h"
#include "program.h"
#include "program_signals.h"
#include "raw.h"
#include "runloop.h"
#include "session.h"
#include "turns.h"

/* For the part that was written for a signal handler's. */
static void fill_registers(ucontext_t *registers)
{
    signals_give_registers(registers->uc_mcontext.gregs);
    registers->uc_mcontext.gregs[REG_RIP] = (greg_t)patch_entry(CONTEXT->pc);
}

/* ---- processes ---- */

void process_unhook(void)
{
    native_let_go();
    if (!kernel_threads_exist()) { /* else they are about to be released */
        contexts_forget();
    }
}

void process_follow(int tid) { contexts_keep_running(tid); }

/* The matcher reads its memory; the other things that a fork loses are made again when it leaves. */
void process_stay(void)
{
    native_after_fork();
    RAW(SYS_prctl, PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
}

/* Its first stop is where its parent has called fork. */
void process_join(int tid)
{
    process_follow(tid);
    process_stay();
    program_request.limit = runloop_tick();
}

/* The one of the two that runs without us would not survive a trap meant for us. */
static int64_t fork_child(struct call *call)
{
    int64_t result = 0;
    const char *refusal = follow_is_next() ? kernel_threads_refusal() : NULL;
    if (refusal != NULL) {
        program_refuse_call(refusal);
    }
    fill_registers(call->context);
    native_call_directly(true);
    native_allow_clock(true);
    children_call(call, &result);
    if (session.mode != MODE_OFF) {
        native_allow_clock(false);
        native_call_directly(false);
    }
    return result;
}

bool clones_call(struct call *call, int64_t *result)
{
    int64_t flags = call->nr == SYS_clone ? call->arguments[0] : 0;
    if (call->nr != SYS_clone && call->nr != SYS_fork && call->nr != SYS_vfork) {
        return false;
    }
    if ((flags & CLONE_VM) && !(flags & (CLONE_VFORK | CLONE_THREAD))) {
        program_refuse_call("the program starts a process that shares its memory, which Fred cannot replay; history up to here can be explored");
    }
    *result = flags & CLONE_THREAD ? turns_clone(call) : fork_child(call);
    return true;
}
