/* What other processes do to a shared semaphore no replica sees, and an operation that need not wait makes no system call. So each is a record of the log, as if it
 * were a call. A wait is made of attempts, and of calls that wait for a change, which are recorded like all calls.
 *
 * A semaphore is as glibc has it: the value in the lower half of its first word, in the upper one how many wait. */
#include "shared_semaphores.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "log.h"
#include "mirrors.h"
#include "raw.h"
#include "replay.h"
#include "session.h"

enum operation { TAKE = 1, POST, LOOK };
enum { SECOND_NS = 1000000000 };
#define ONE_WAITS ((uint64_t)1 << 32)

static uint64_t hash_of(sem_t *semaphore, enum operation operation) { return (uint64_t)(uintptr_t)semaphore * 4 + (uint64_t)operation; }

static bool is_recorded(sem_t *semaphore, enum operation operation)
{
    if (session.mode == MODE_OFF || !memory_ever_shared()) {
        return false;
    }
    return session.mode == MODE_RECORD ? memory_is_shared(semaphore) : replay_is_next(LOG_SEMAPHORE, hash_of(semaphore, operation));
}

/* ---- what really happens ---- */

static _Atomic uint64_t *word_of(sem_t *semaphore) { return (_Atomic uint64_t *)semaphore; }

static int64_t take(sem_t *semaphore)
{
    uint64_t now = atomic_load(word_of(semaphore));
    do {
        if ((uint32_t)now == 0) {
            return -EAGAIN;
        }
    } while (!atomic_compare_exchange_weak(word_of(semaphore), &now, now - 1));
    return 0;
}

static int64_t post(sem_t *semaphore)
{
    uint64_t now = atomic_load(word_of(semaphore));
    do {
        if ((uint32_t)now == SEM_VALUE_MAX) {
            return -EOVERFLOW;
        }
    } while (!atomic_compare_exchange_weak(word_of(semaphore), &now, now + 1));
    if (now >= ONE_WAITS) {
        RAW(SYS_futex, semaphore, FUTEX_WAKE, 1);
    }
    return 0;
}

static int64_t answer(sem_t *semaphore, enum operation operation)
{
    int64_t result;
    if (session.mode == MODE_REPLAY) {
        result = replay_expect(LOG_SEMAPHORE, hash_of(semaphore, operation), NULL).result;
        replay_apply();
        replay_done();
        return result;
    }
    mirrors_push();
    result = operation == TAKE ? take(semaphore) : operation == POST ? post(semaphore) : (int64_t)(uint32_t)atomic_load(word_of(semaphore));
    uint32_t value = (uint32_t)atomic_load(word_of(semaphore)); /* for those who look at the past: a lock is shown as the program last saw it */
    log_begin(LOG_SEMAPHORE, result, hash_of(semaphore, operation), 0);
    log_data((uint64_t)(uintptr_t)semaphore, &value, sizeof value);
    log_end();
    mirrors_pull();
    return result;
}

/* ---- waiting ---- */

static int fail(int64_t error)
{
    errno = (int)-error;
    return -1;
}

static int wait_until(sem_t *semaphore, clockid_t clock, const struct timespec *deadline)
{
    int how = FUTEX_WAIT_BITSET | (clock == CLOCK_REALTIME ? FUTEX_CLOCK_REALTIME : 0);
    while (answer(semaphore, TAKE) < 0) {
        if (deadline != NULL && (deadline->tv_nsec < 0 || deadline->tv_nsec >= SECOND_NS)) {
            return fail(-EINVAL);
        }
        bool counted = session.mode == MODE_RECORD;
        if (counted) {
            atomic_fetch_add(word_of(semaphore), ONE_WAITS);
        }
        long result = syscall(SYS_futex, semaphore, how, 0, deadline, NULL, FUTEX_BITSET_MATCH_ANY);
        if (counted && session.mode == MODE_RECORD) {
            atomic_fetch_sub(word_of(semaphore), ONE_WAITS);
        }
        if (result < 0 && errno != EAGAIN) {
            return -1;
        }
    }
    return 0;
}

/* ---- what semaphores.c asks ---- */

bool shared_semaphore_wait(sem_t *semaphore, clockid_t clock, const struct timespec *deadline, int *result)
{
    bool ours = is_recorded(semaphore, TAKE);
    *result = ours ? wait_until(semaphore, clock, deadline) : 0;
    return ours;
}

static bool at_once(sem_t *semaphore, enum operation operation, int64_t *result)
{
    bool ours = is_recorded(semaphore, operation);
    *result = ours ? answer(semaphore, operation) : 0;
    return ours;
}

bool shared_semaphore_try(sem_t *semaphore, int *result)
{
    int64_t answered;
    bool ours = at_once(semaphore, TAKE, &answered);
    *result = answered < 0 ? fail(answered) : 0;
    return ours;
}

bool shared_semaphore_post(sem_t *semaphore, int *result)
{
    int64_t answered;
    bool ours = at_once(semaphore, POST, &answered);
    *result = answered < 0 ? fail(answered) : 0;
    return ours;
}

bool shared_semaphore_value(sem_t *semaphore, int *value)
{
    int64_t answered;
    bool ours = at_once(semaphore, LOOK, &answered);
    *value = ours ? (int)answered : *value;
    return ours;
}
