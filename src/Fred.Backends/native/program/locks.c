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

enum { INTERNAL_SIGNALS_END = 34, MOST_ROBUST = 2048 };

static uint64_t order;

static int operation(const struct call *call) { return (int)call->arguments[1] & FUTEX_CMD_MASK; }

/* A replica has private copies of what the head shared with others: it goes by what was recorded. */
bool locks_are_ours(const struct call *call)
{
    if (call->arguments[1] & FUTEX_PRIVATE_FLAG) {
        return true;
    }
    return session.mode == MODE_REPLAY ? !(replay_next_thread() == contexts_here && replay_is_next(SYS_futex, 0)) : !memory_is_shared((const void *)call->arguments[0]);
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

void locks_sleep(const struct call *call)
{
    struct waiting *waiting = &contexts_current()->waiting;
    waiting->sleeps = true;
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
        if (contexts[i].alive && waiting->call.nr != SYS_exit && (!waiting->sleeps || deadlines_of(waiting) != INT64_MAX)) {
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
