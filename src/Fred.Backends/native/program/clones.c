#include "clones.h"

#include <sched.h>

#include "calls.h"
#include "context.h"
#include "contexts.h"
#include "native.h"
#include "patch.h"
#include "program.h"
#include "raw.h"
#include "session.h"
#include "turns.h"

/* For the part that was written for a signal handler's. */
static void fill_registers(ucontext_t *registers)
{
    static const uint8_t to[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                   REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
    for (int i = 0; i < 16; i++) {
        registers->uc_mcontext.gregs[to[i]] = (greg_t)CONTEXT->r[i];
    }
    registers->uc_mcontext.gregs[REG_RIP] = (greg_t)patch_entry(CONTEXT->pc);
}

/* The child runs without us, with the thread that forked, and would not survive a trap meant for us. */
static int64_t fork_child(struct call *call)
{
    int64_t result = 0;
    fill_registers(call->context);
    native_call_directly(true);
    native_allow_clock(true);
    children_call(call, &result);
    if (session.mode != MODE_OFF) {
        native_allow_clock(false);
        native_call_directly(false);
    } else {
        contexts_forget();
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
