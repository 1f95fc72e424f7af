#include "locks.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>

#include "calls.h"
#include "deadlines.h"
#include "log.h"
#include "program.h"
#include "raw.h"
#include "replay.h"
#include "session.h"
#include "signal_state.h"
#include "sysdesc.h"
#include "views.h"

enum { INTERNAL_SIGNALS_END = 34, MOST_ROBUST = 2048 };

static uint64_t order;

static int operation(const struct call *call) { return (int)call->arguments[1] & FUTEX_CMD_MASK; }

/* What a replica does not know as shared was so in the head if that has recorded the call. */
bool locks_are_ours(const struct call *call)
{
    if (call->arguments[1] & FUTEX_PRIVATE_FLAG) {
        return true;
    }
    bool recorded = session.mode == MODE_REPLAY && replay_next_thread() == contexts_here && replay_is_next(SYS_futex, 0);
    return !recorded && !memory_is_shared((const void *)call->arguments[0]);
}

static struct thread *longest_asleep(uint64_t word, uint32_t bits)
{
    struct thread *longest = NULL;
    for (int i = 0; i < contexts_places; i++) {
        struct thread *thread = &contexts[i];
        const struct waiting *waiting = &thread->waiting;
        if (thread->alive && waiting->sleeps && (uint64_t)waiting->word == word && (waiting->bits & bits) && (longest == NULL || waiting->since < longest->waiting.since)) {
            longest = thread;
        }
    }
    return longest;
}

int64_t locks_wake(uint64_t word, uint32_t bits, int64_t most)
{
    int64_t woken = 0;
    for (struct thread *thread; woken < most && (thread = longest_asleep(word, bits)) != NULL; woken++) {
        thread->waiting.word = NULL;
    }
    return woken;
}

bool locks_has_sleeper(uint64_t word) { return word != 0 && longest_asleep(word, FUTEX_BITSET_MATCH_ANY) != NULL; }

static int64_t requeue(const struct call *call)
{
    const int64_t *a = call->arguments;
    int64_t woken, moved = 0;
    if (operation(call) == FUTEX_CMP_REQUEUE && *(const uint32_t *)a[0] != (uint32_t)a[5]) {
        return -EAGAIN;
    }
    woken = locks_wake((uint64_t)a[0], FUTEX_BITSET_MATCH_ANY, (int)a[2]);
    for (struct thread *thread; moved < (int)a[3] && (thread = longest_asleep((uint64_t)a[0], FUTEX_BITSET_MATCH_ANY)) != NULL; moved++) {
        thread->waiting.word = (const void *)a[4];
    }
    return operation(call) == FUTEX_REQUEUE ? woken : woken + moved;
}

static int operand(uint32_t code, int shift)
{
    int number = (int)(code >> shift & 0xFFF);
    return number & 0x800 ? number - 0x1000 : number;
}

/* The kernel's one step that changes a word and wakes at another by what it was. */
static int64_t wake_by(const int64_t *a)
{
    uint32_t code = (uint32_t)a[5];
    int *word = (int *)a[4], old = *word, with = operand(code, 12), to = operand(code, 0);
    with = code >> 31 ? 1 << (with & 31) : with;
    switch (code >> 28 & 7) {
    case FUTEX_OP_SET: *word = with; break;
    case FUTEX_OP_ADD: *word = (int)((unsigned)old + (unsigned)with); break;
    case FUTEX_OP_OR: *word = old | with; break;
    case FUTEX_OP_ANDN: *word = old & ~with; break;
    case FUTEX_OP_XOR: *word = old ^ with; break;
    default: return -ENOSYS;
    }
    int64_t woken = locks_wake((uint64_t)a[0], FUTEX_BITSET_MATCH_ANY, (int)a[2]);
    bool also[] = {old == to, old != to, old < to, old <= to, old > to, old >= to};
    unsigned comparison = code >> 24 & 15;
    return comparison > FUTEX_OP_CMP_GE ? -ENOSYS : woken + (also[comparison] ? locks_wake((uint64_t)a[4], FUTEX_BITSET_MATCH_ANY, (int)a[3]) : 0);
}

bool locks_answer(const struct call *call, int64_t *result)
{
    const int64_t *a = call->arguments;
    switch (operation(call)) {
    case FUTEX_WAIT: case FUTEX_WAIT_BITSET:
        *result = -EAGAIN;
        return *(const volatile uint32_t *)a[0] != (uint32_t)a[2];
    case FUTEX_WAKE: *result = locks_wake((uint64_t)a[0], FUTEX_BITSET_MATCH_ANY, (int)a[2]); return true;
    case FUTEX_WAKE_BITSET: *result = locks_wake((uint64_t)a[0], (uint32_t)a[5], (int)a[2]); return true;
    case FUTEX_REQUEUE: case FUTEX_CMP_REQUEUE: *result = requeue(call); return true;
    case FUTEX_WAKE_OP: *result = wake_by(a); return true;
    default:
        program_refuse_call("the program uses a mutex with priority inheritance, which this version of Fred cannot replay; history up to here can be explored");
    }
}

/* ---- those of several processes ---- */

bool locks_sleeps_shared(const struct call *call)
{
    return call->nr == SYS_futex && contexts_alive() > 1 && (operation(call) == FUTEX_WAIT || operation(call) == FUTEX_WAIT_BITSET);
}

/* Who wakes a sleeper changes the word first, or one that is about to sleep would not notice. */
bool locks_has_changed(const struct waiting *waiting)
{
    const int64_t *a = waiting->call.arguments;
    return waiting->shared && *(const volatile uint32_t *)a[0] != (uint32_t)a[2];
}

/* The program's own sleepers are not the kernel's. */
int64_t locks_wake_shared(struct call *call)
{
    const int64_t *a = call->arguments;
    bool only_wakes = operation(call) == FUTEX_WAKE || operation(call) == FUTEX_WAKE_BITSET;
    struct call rest = *call;
    int64_t ours = locks_wake((uint64_t)a[0], operation(call) == FUTEX_WAKE_BITSET ? (uint32_t)a[5] : FUTEX_BITSET_MATCH_ANY, only_wakes ? (int)a[2] : INT_MAX);
    if (!only_wakes) {
        locks_wake((uint64_t)a[4], FUTEX_BITSET_MATCH_ANY, INT_MAX);
    }
    if (session.mode == MODE_REPLAY) {
        return generic_call(call);
    }
    uint64_t hash = sysdesc_hash_inputs(sysdesc_find(call->nr), a);
    rest.arguments[2] = only_wakes ? (int)a[2] - ours : a[2];
    int64_t others = only_wakes && ours >= (int)a[2] ? 0 : intercept_perform(&rest);
    int64_t result = generic_record(call, hash, others < 0 ? others : others + ours);
    views_look();
    return result;
}

void locks_sleep(const struct call *call)
{
    struct waiting *waiting = &contexts_current()->waiting;
    waiting->sleeps = true;
    waiting->shared = !locks_are_ours(call);
    waiting->word = (const void *)call->arguments[0];
    waiting->bits = operation(call) == FUTEX_WAIT_BITSET ? (uint32_t)call->arguments[5] : FUTEX_BITSET_MATCH_ANY;
    waiting->since = ++order;
}

/* A program that handles a signal may be meant to be woken by it; libc's own are sent by threads. */
static bool signals_may_wake(void)
{
    for (int signal = 1; signal < SIGNALS; signal++) {
        bool internal = signal >= __SIGRTMIN && signal < INTERNAL_SIGNALS_END;
        if (signal != SIGINT && !internal && !(FAULTS & BIT(signal)) && has_handler(signal)) {
            return true;
        }
    }
    return false;
}

bool locks_are_dead(void)
{
    for (int i = 0; i < contexts_places; i++) {
        struct waiting *waiting = &contexts[i].waiting;
        if (contexts[i].alive && waiting->call.nr != SYS_exit && (!waiting->sleeps || waiting->shared || deadlines_of(waiting) != INT64_MAX)) {
            return false;
        }
    }
    return !signals_may_wake();
}

/* As the kernel does it: the list is the program's memory, which a thread's end may find in any state. */
void locks_abandon(const struct thread *thread)
{
    struct robust_list_head *head = (struct robust_list_head *)thread->robust;
    struct robust_list *entry = head == NULL ? NULL : head->list.next;
    for (int i = 0; i < MOST_ROBUST && entry != NULL && entry != &head->list; i++) {
        struct robust_list *next = (struct robust_list *)((uint64_t)entry->next & ~(uint64_t)1);
        uint32_t *word = (uint32_t *)((char *)entry + head->futex_offset);
        if ((*word & FUTEX_TID_MASK) == (uint32_t)thread->tid) {
            bool wanted = *word & FUTEX_WAITERS;
            *word = (*word & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
            if (wanted) {
                locks_wake((uint64_t)word, FUTEX_BITSET_MATCH_ANY, 1);
            }
        }
        entry = next;
    }
}
