/* A thread that is in a call returns to its mask and stack by the signal frame of the interception. One that waits without a frame, having called libfred by name, needs them noted. */
#include "thread_signals.h"

#include <errno.h>
#include <signal.h>

#include "calls.h"
#include "identity.h"
#include "raw.h"
#include "session.h"
#include "signals.h"
#include "sysdesc.h"
#include "thread_table.h"
#include "threads.h"

enum { STACK_BYTES = 128 * 1024 };
#define BIT(signal) ((uint64_t)1 << ((signal) - 1))

static unsigned char fatal_stack[STACK_BYTES];
static __thread stack_t program_stack = {.ss_flags = SS_DISABLE};
static __thread uint64_t program_mask;

static const stack_t ours = {.ss_sp = fatal_stack, .ss_size = sizeof fatal_stack};

void thread_signals_init(void) { RAW(SYS_sigaltstack, &ours, NULL); }

void thread_signals_note_mask(uint64_t mask) { program_mask = mask & ~(BIT(SIGSYS) | BIT(SIGSTKFLT)); }

void thread_signals_restore(void)
{
    RAW(SYS_rt_sigprocmask, SIG_SETMASK, &program_mask, NULL, sizeof program_mask);
    if (!(program_stack.ss_flags & SS_DISABLE)) {
        RAW(SYS_sigaltstack, &program_stack, NULL);
    }
}

void thread_signals_get_mask(ucontext_t *context)
{
    if (threads_exist()) { /* then it is known */
        *(uint64_t *)&context->uc_sigmask = program_mask;
    } else {
        RAW(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &context->uc_sigmask, sizeof program_mask);
    }
}

void thread_signals_set_mask(const ucontext_t *context) { RAW(SYS_rt_sigprocmask, SIG_SETMASK, &context->uc_sigmask, NULL, sizeof program_mask); }

int64_t thread_signals_mask(ucontext_t *context, int64_t how, const uint64_t *set, uint64_t *old)
{
    uint64_t *mask = (uint64_t *)&context->uc_sigmask;
    uint64_t before = *mask;
    if (set != NULL) {
        if (how < SIG_BLOCK || how > SIG_SETMASK) {
            return -EINVAL;
        }
        *mask = how == SIG_BLOCK ? *mask | *set : how == SIG_UNBLOCK ? *mask & ~*set : *set;
        *mask &= ~(BIT(SIGSYS) | BIT(SIGSTKFLT));
        thread_signals_note_mask(*mask);
    }
    if (old != NULL) {
        *old = before;
    }
    return 0;
}

/* The program's alternate stack replaces ours; without one of its own it sees none. */
int64_t thread_signals_stack(ucontext_t *context, const stack_t *wanted, stack_t *old)
{
    stack_t before = program_stack;
    if (wanted != NULL) {
        const stack_t *real = wanted->ss_flags & SS_DISABLE ? &ours : wanted;
        int64_t result = RAW(SYS_sigaltstack, real, NULL);
        if (result < 0) {
            return result;
        }
        context->uc_stack = *real; /* sigreturn restores this one */
        program_stack = *wanted;
    }
    if (old != NULL) {
        *old = before;
    }
    return 0;
}

/* A signal that arrives between the last look at the queue and the `syscall` instruction must not let the call block. */
void thread_signals_fail_call(ucontext_t *context)
{
    greg_t *registers = context->uc_mcontext.gregs;
    uintptr_t at = (uintptr_t)registers[REG_RIP];
    __atomic_fetch_add(&fred_interruptions, 1, __ATOMIC_SEQ_CST);
    if (at >= (uintptr_t)fred_raw_unless_check && at <= (uintptr_t)fred_raw_unless_instruction) {
        registers[REG_RIP] = (greg_t)fred_raw_unless_after;
        registers[REG_RAX] = RAW_NOT_BEGUN;
    }
}

static int place_of(int64_t id)
{
    for (int i = 0; i < baton_seat_count; i++) {
        int64_t known = threads.table[i].known_as;
        if (baton_seats[i].taken && (known == 0 ? identity_is_first(id) : known == id)) {
            return i;
        }
    }
    return NO_THREAD;
}

int64_t threads_known_as(void)
{
    int64_t known = threads.table[threads_here()].known_as;
    return known == 0 ? identity_pid() : known;
}

int64_t threads_kernel_id(int64_t id)
{
    int place = threads_exist() ? place_of(id) : NO_THREAD;
    return place != NO_THREAD ? threads.table[place].id : identity_is_first(id) ? RAW(SYS_getpid) : id;
}

bool thread_signals_kill(const struct call *call, int64_t *result)
{
    bool group = call->nr == SYS_tgkill;
    if ((!group && call->nr != SYS_tkill) || session.mode != MODE_RECORD || !threads_exist()) {
        return false;
    }
    int64_t signal = call->arguments[group ? 2 : 1];
    int place = place_of(call->arguments[group ? 1 : 0]);
    if (place == NO_THREAD) {
        return false;
    }
    uint64_t hash = sysdesc_hash_inputs(sysdesc_find(call->nr), call->arguments);
    *result = RAW(SYS_tgkill, RAW(SYS_getpid), threads.table[place].id, signal);
    baton_seats[place].signalled = *result == 0 && signals_are_handled(signal);
    generic_record(call, hash, *result);
    signals_deliver(true);
    return true;
}
