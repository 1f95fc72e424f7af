/* The hard part is what of a call is done already: the time that has passed, the bytes that are written. Such a call is made with other arguments, from a few instructions of ours that give it the
 * result, and the registers, that it would have had. */
#include "calls_again.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "context.h"
#include "deadlines.h"
#include "emit.h"
#include "patch.h"
#include "polling.h"
#include "raw.h"
#include "sites.h"
#include "waits.h"

enum { STUB_BYTES = 96, NS_IN_MS = 1000000, MOST_CHANGED = 2 };

static struct timespec times[MAX_CONTEXTS]; /* what is left, for those that only read it */
static uint8_t *stubs;

static struct { int reg; uint64_t value; } before[MOST_CHANGED]; /* what the program has in registers with other arguments now */
static int changed;

static void change(int reg, uint64_t value)
{
    before[changed].reg = reg;
    before[changed++].value = CONTEXT->r[reg];
    CONTEXT->r[reg] = value;
}

/* ---- the time that is left ---- */

static bool is_relative(const struct call *call)
{
    return call->nr != SYS_clock_nanosleep || !(call->arguments[1] & TIMER_ABSTIME);
}

/* The kernel writes back there what is left, when it is over; a program that cannot have that has the whole time once more. */
static void write_back(uint64_t at, const void *value, size_t size)
{
    struct iovec from = {(void *)value, size}, to = {(void *)at, size};
    RAW(SYS_process_vm_writev, RAW(SYS_getpid), &from, 1, &to, 1, 0);
}

static void shorten(const struct thread *thread, struct waiting *waiting)
{
    struct timespec *left = &times[thread - contexts];
    const struct call *call = &waiting->call;
    if (deadlines_until(deadlines_of(waiting), left) == NULL) {
        return;
    }
    struct timeval interval = {left->tv_sec, left->tv_nsec / 1000};
    uint64_t ms = ((uint64_t)left->tv_sec * 1000000000 + (uint64_t)left->tv_nsec + NS_IN_MS - 1) / NS_IN_MS;
    switch (call->nr) {
    case SYS_nanosleep: change(RDI, (uint64_t)left); break;
    case SYS_clock_nanosleep: if (is_relative(call)) change(RDX, (uint64_t)left); break;
    case SYS_futex: if ((call->arguments[1] & FUTEX_CMD_MASK) == FUTEX_WAIT) change(R10, (uint64_t)left); break;
    case SYS_rt_sigtimedwait: change(RDX, (uint64_t)left); break;
    case SYS_epoll_pwait2: change(R10, (uint64_t)left); break;
    case SYS_poll: change(RDX, ms); break;
    case SYS_epoll_wait: case SYS_epoll_pwait: change(R10, ms); break;
    case SYS_ppoll: write_back(CONTEXT->r[RDX], left, sizeof *left); break;
    case SYS_pselect6: write_back(CONTEXT->r[R8], left, sizeof *left); break;
    case SYS_select: write_back(CONTEXT->r[R8], &interval, sizeof interval); break;
    default: break;
    }
}

/* ---- the instructions ---- */

/* Bytes that were written before are part of the result, whatever becomes of the rest. */
static void emit_add_done(struct emitter *e, int64_t done)
{
    emit_bytes(e, (const uint8_t[]){0x48, 0x85, 0xC0, 0x79, 0x02, 0x31, 0xC0, 0x48, 0x05}, 9); /* test rax, rax; jns 1f; xor eax, eax; 1: add rax, done */
    emit32(e, (uint32_t)done);
}

static uint64_t make_stub(int place, int64_t done, uint64_t behind)
{
    if (stubs == NULL) {
        stubs = (uint8_t *)RAW(SYS_mmap, NULL, STUB_BYTES * MAX_CONTEXTS, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }
    uint8_t *stub = stubs + place * STUB_BYTES;
    struct emitter e = {stub};
    emit_bytes(&e, (const uint8_t[]){0x0F, 0x05}, SYSCALL_BYTES);
    if (done > 0) {
        emit_add_done(&e, done);
    }
    for (int i = 0; i < changed; i++) { /* mov register, value */
        emit8(&e, 0x48 | (unsigned)before[i].reg >> 3);
        emit8(&e, 0xB8 | ((unsigned)before[i].reg & 7));
        emit64(&e, before[i].value);
    }
    emit_bytes(&e, (const uint8_t[]){0xFF, 0x25, 0, 0, 0, 0}, 6); /* jmp [rip] */
    emit64(&e, behind);
    return (uint64_t)stub;
}

/* ---- which ---- */

/* A sleeper that was woken, or moved to another futex, where nobody would wake it if it slept again at the first: any sleeper at a futex may wake for nothing. */
static bool is_awake(const struct waiting *waiting) { return waiting->sleeps && waiting->word != (const void *)waiting->call.arguments[0]; }

static bool is_written(const struct waiting *waiting) { return waiting->done < 0 || (waiting->done > 0 && waiting->done == waiting->call.arguments[2]); }

uint64_t calls_again(struct thread *thread)
{
    struct waiting *waiting = &thread->waiting;
    uint64_t behind = patch_entry(CONTEXT->pc);
    int64_t done = waiting->done, result;
    changed = 0;
    if (!waiting->in_call) {
        return behind;
    }
    if (is_awake(waiting) || is_written(waiting)) {
        CONTEXT->r[RAX] = (uint64_t)(waiting->sleeps ? 0 : done);
        return behind;
    }
    if (waits_interrupted(thread, &result)) {
        CONTEXT->r[RAX] = (uint64_t)result;
        return behind;
    }
    if (done > 0) {
        change(RSI, CONTEXT->r[RSI] + (uint64_t)done);
        change(RDX, CONTEXT->r[RDX] - (uint64_t)done);
    } else {
        shorten(thread, waiting);
    }
    return changed == 0 ? CONTEXT->pc - SYSCALL_BYTES : make_stub((int)(thread - contexts), done, behind);
}
