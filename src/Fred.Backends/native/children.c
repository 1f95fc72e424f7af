/* Processes the program starts. They run native, without Fred: dispatch does not survive a fork, and the environment names no
 * library. Replicas only see their pids. One of them may be the one to record: then its parent is what runs without Fred from there on. The hard part is posix_spawn, whose child borrows the caller's memory and stack. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/uio.h>

#include "calls.h"
#include "clock.h"
#include "control.h"
#include "descriptors.h"
#include "follow.h"
#include "identity.h"
#include "log.h"
#include "mirrors.h"
#include "protocol.h"
#include "raw.h"
#include "replay.h"
#include "session.h"
#include "shared_maps.h"
#include "signals.h"
#include "threads.h"

enum { REGISTERS_BELOW_STACK = 256, SHARED_FRAME_WORDS = 1024, MAX_CHILD_STACK = 64 * 1024, PAGE = 4096 };

void process_leave(void)
{
    session.mode = MODE_OFF;
    session.role = ROLE_NONE;
    session.followed = false;
    session.control = -1;
    clock_after_fork();
    mirrors_leave();
    log_abandon();
    descriptors_drop_all();
    process_unhook();
    signals_let_go();
}

struct child_registers children_registers(const struct call *call)
{
    const greg_t *g = call->context->uc_mcontext.gregs;
    return (struct child_registers){
        .rbx = (uint64_t)g[REG_RBX], .rbp = (uint64_t)g[REG_RBP], .rdi = (uint64_t)g[REG_RDI], .rsi = (uint64_t)g[REG_RSI],
        .rdx = (uint64_t)g[REG_RDX], .r8 = (uint64_t)g[REG_R8], .r9 = (uint64_t)g[REG_R9], .r10 = (uint64_t)g[REG_R10],
        .r12 = (uint64_t)g[REG_R12], .r13 = (uint64_t)g[REG_R13], .r14 = (uint64_t)g[REG_R14], .r15 = (uint64_t)g[REG_R15],
        .rip = (uint64_t)g[REG_RIP]};
}

static int id_in_child(const int64_t *a) { return a[0] & CLONE_CHILD_SETTID ? *(const int *)a[3] : 0; }

static int64_t clone_on_other_stack(const struct call *call, const int64_t *a)
{
    *(struct child_registers *)(a[1] - REGISTERS_BELOW_STACK) = children_registers(call);
    return fred_clone_on_stack(a[0], a[1], a[2], a[3], a[4]);
}

static void send_again(uint64_t waiting)
{
    for (; waiting != 0; waiting &= waiting - 1) {
        RAW(SYS_kill, RAW(SYS_getpid), __builtin_ctzll(waiting) + 1);
    }
}

/* What becomes of the two processes after a fork. Signals that wait are the parent's. */
static void part(const int64_t *a, int64_t result, bool follow)
{
    uint64_t waiting = follow || result == 0 ? signals_take_queued() : 0;
    if (result == 0) {
        threads_after_fork();
    }
    if (follow ? result > 0 : result == 0) {
        if (result == 0) {
            identity_leave();
        }
        process_leave();
        if (result > 0) {
            send_again(waiting | signals_take_queued());
        }
    } else if (result == 0) {
        session.followed = true;
        identity_follow(id_in_child(a));
        process_join(id_in_child(a));
        follow_take_over();
    }
}

/* fork and vfork in terms of clone. A vfork becomes a fork: its child would run in our memory with the wrong mode. */
static int64_t live_clone(const struct call *call, const int64_t *a)
{
    if ((a[0] & CLONE_VM) && a[1] != 0) {
        return clone_on_other_stack(call, a);
    }
    bool follow = follow_is_next();
    uint64_t all = ~(uint64_t)0, mask;
    clock_before_fork();
    RAW(SYS_rt_sigprocmask, SIG_SETMASK, &all, &mask, sizeof all);
    int64_t result = RAW(SYS_clone, a[0] & ~(int64_t)(CLONE_VM | CLONE_VFORK), a[1], a[2], a[3], a[4]);
    if (result >= 0) {
        part(a, result, follow);
    }
    if (result < 0 || session.mode != MODE_OFF) { /* else it has got the program's */
        RAW(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
    }
    return result;
}

/* What there is of the caller's stack above its frame, up to what a child may plausibly write to: a thread's stack may end before. Words. */
static int copy_frame(const uint64_t *frame, uint64_t *copy)
{
    struct iovec to = {copy, SHARED_FRAME_WORDS * sizeof *copy}, from = {(void *)frame, SHARED_FRAME_WORDS * sizeof *copy};
    int64_t got = RAW(SYS_process_vm_readv, RAW(SYS_getpid), &to, 1, &from, 1, 0);
    return got > 0 ? (int)(got / (int64_t)sizeof *copy) : 0;
}

/* The stack of a child that borrows our memory until it execs. What it leaves there means nothing to the program, but no replica has such a child: it is undone. */
static struct {
    uint64_t start, length;
    unsigned char bytes[MAX_CHILD_STACK];
} child_stack;

static void save_child_stack(uint64_t top)
{
    int64_t self = RAW(SYS_getpid);
    child_stack.length = 0;
    for (uint64_t at = (top - 1) & ~(uint64_t)(PAGE - 1); top - at <= MAX_CHILD_STACK; at -= PAGE) {
        struct iovec to = {child_stack.bytes + MAX_CHILD_STACK - (top - at), PAGE}, from = {(void *)at, PAGE};
        to.iov_len = from.iov_len = top - at < PAGE ? top - at : PAGE;
        if (RAW(SYS_process_vm_readv, self, &to, 1, &from, 1, 0) != (int64_t)to.iov_len) {
            break;
        }
        child_stack.start = at;
        child_stack.length = top - at;
    }
}

/* Only what has changed: below the stack other mappings may follow, which cannot be written to. */
static void restore_child_stack(void)
{
    const unsigned char *saved = child_stack.bytes + MAX_CHILD_STACK - child_stack.length;
    for (uint64_t at = 0; at < child_stack.length; at += PAGE) {
        size_t size = child_stack.length - at < PAGE ? child_stack.length - at : PAGE;
        void *page = (void *)(child_stack.start + at);
        if (memcmp(page, saved + at, size) != 0) {
            memcpy(page, saved + at, size);
        }
    }
}

static volatile bool borrowed;

bool children_borrow_memory(void) { return borrowed; }

static int64_t record_clone(const struct call *call, const int64_t *a)
{
    static uint64_t before[SHARED_FRAME_WORDS];
    uint64_t *frame = (uint64_t *)call->context->uc_mcontext.gregs[REG_RSP];
    bool shares_memory = (a[0] & CLONE_VM) && (a[0] & CLONE_VFORK);
    int words = shares_memory ? copy_frame(frame, before) : 0;
    int error = errno;
    bool own_stack = shares_memory && a[1] != 0;
    if (own_stack && follow_is_next()) {
        follow_tell_missing();
        control_stop_for_good(STOP_UNSUPPORTED, "it is started by posix_spawn, so it is another program from its beginning on");
    }
    if (own_stack) {
        save_child_stack((uint64_t)a[1] + 2 * sizeof(uint64_t)); /* libc put the function and its argument there, which the child takes off */
    }
    threads_leave_processor();
    mirrors_push();
    if (!own_stack) {
        shared_maps_before_fork();
    }
    borrowed = own_stack;
    int64_t result = live_clone(call, a);
    borrowed = false;
    if (session.mode == MODE_OFF) {
        return result; /* in the child; of two, in the one that is not recorded */
    }
    follow_count(result);
    if (own_stack) {
        restore_child_stack();
    }
    log_begin(SYS_clone, result, 0, 0);
    for (int i = 0; i < words; i++) {
        if (before[i] != frame[i]) { /* posix_spawn's child reports its error in its parent's frame */
            log_chunk(&frame[i], sizeof frame[i]);
        }
    }
    if (shares_memory && errno != error) { /* a child that cannot exec its program leaves its error in what is our errno, too */
        log_chunk(&errno, sizeof errno);
    }
    if (a[0] & CLONE_PARENT_SETTID) {
        log_chunk((const void *)a[2], sizeof(int));
    }
    if (result == 0 && (a[0] & CLONE_CHILD_SETTID)) {
        log_chunk((const void *)a[3], sizeof(int));
    }
    log_end();
    signals_deliver(true);
    return result;
}

static int64_t replay_clone(const int64_t *a)
{
    int64_t result = replay_expect(SYS_clone, 0, a).result;
    replay_apply();
    follow_count(result);
    if (result == 0) {
        identity_follow(id_in_child(a));
        process_follow(id_in_child(a));
    }
    replay_done();
    return result;
}

bool children_call(struct call *call, int64_t *result)
{
    if (call->nr != SYS_clone && call->nr != SYS_fork && call->nr != SYS_vfork) {
        return false;
    }
    int64_t a[6] = {SIGCHLD, 0, 0, 0, 0, 0};
    if (call->nr == SYS_clone) {
        memcpy(a, call->arguments, sizeof a);
    }
    if (a[0] & CLONE_THREAD) {
        *result = threads_clone(call, a);
        return true;
    }
    *result = session.mode == MODE_RECORD ? record_clone(call, a) : replay_clone(a);
    return true;
}
