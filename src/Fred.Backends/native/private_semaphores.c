/* A call by name costs a tenth of what the interception of a system call does, and Python's locks are semaphores.
 *
 * The word is used as glibc does (since 2.21): tokens in the lower half, the number of those who wait in the upper one; so functions that are not replaced go on working
 * with it, and a wait may begin here and there. What would be a system call is recorded as that call.
 *
 * Whoever runs here has the baton, nobody else touches the word meanwhile, and signal handlers of the program run at other places: so where nothing is waited for, no locked instruction is needed, which would
 * be most of the cost. */
#include "private_semaphores.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "calls.h"
#include "raw.h"
#include "session.h"
#include "snapshot.h"
#include "threads.h"

struct semaphore {
    uint64_t tokens; /* and waiters */
    int shared;      /* not 0: with other processes */
};

#define ONE_WAITER ((uint64_t)1 << 32)
#define TOKENS UINT32_MAX

/* The same in a head and its replicas, at the same moment. */
static bool is_ours(const struct semaphore *semaphore)
{
    return threads_exist() && session.mode != MODE_OFF && semaphore->shared == 0 && !snapshot_foreign_thread();
}

static int futex(struct semaphore *semaphore, int operation, int64_t value, const struct timespec *deadline)
{
    if (session.mode == MODE_OFF) { /* the process is not recorded any more, since this thread waits */
        return (int)RAW(SYS_futex, &semaphore->tokens, operation | FUTEX_PRIVATE_FLAG, value, deadline, 0, FUTEX_BITSET_MATCH_ANY);
    }
    struct call call = {SYS_futex, {(int64_t)&semaphore->tokens, operation | FUTEX_PRIVATE_FLAG, value, (int64_t)deadline, 0, FUTEX_BITSET_MATCH_ANY}, NULL};
    return (int)generic_call(&call);
}

static bool take_at_once(struct semaphore *semaphore)
{
    uint64_t seen = semaphore->tokens;
    if ((seen & TOKENS) == 0) {
        return false;
    }
    semaphore->tokens = seen - 1;
    return true;
}

static bool take(struct semaphore *semaphore, uint64_t seen, uint64_t taken)
{
    while ((seen & TOKENS) != 0) {
        if (__atomic_compare_exchange_n(&semaphore->tokens, &seen, seen - taken, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
            return true;
        }
    }
    return false;
}

static void stop_waiting(void *semaphore) { __atomic_fetch_sub(&((struct semaphore *)semaphore)->tokens, ONE_WAITER, __ATOMIC_RELAXED); }

/* A place where the thread may be cancelled, as in glibc. */
static int sleep_for_token(struct semaphore *semaphore, clockid_t clock, const struct timespec *deadline)
{
    int type, result;
    pthread_cleanup_push(stop_waiting, semaphore);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
    result = futex(semaphore, FUTEX_WAIT_BITSET | (clock == CLOCK_REALTIME ? FUTEX_CLOCK_REALTIME : 0), 0, deadline);
    pthread_setcanceltype(type, NULL);
    pthread_cleanup_pop(0);
    return result;
}

static int wait(struct semaphore *semaphore, clockid_t clock, const struct timespec *deadline)
{
    if (take_at_once(semaphore)) {
        return 0;
    }
    uint64_t seen = __atomic_add_fetch(&semaphore->tokens, ONE_WAITER, __ATOMIC_RELAXED);
    while (!take(semaphore, seen, 1 + ONE_WAITER)) {
        int result = sleep_for_token(semaphore, clock, deadline);
        if (result != 0 && result != -EAGAIN) {
            stop_waiting(semaphore);
            errno = -result;
            return -1;
        }
        seen = __atomic_load_n(&semaphore->tokens, __ATOMIC_RELAXED);
    }
    return 0;
}

static bool is_time(clockid_t clock, const struct timespec *deadline)
{
    return (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC) && deadline->tv_nsec >= 0 && deadline->tv_nsec < 1000000000 && deadline->tv_sec >= 0;
}

bool private_semaphore_wait(sem_t *semaphore, clockid_t clock, const struct timespec *deadline, int *result)
{
    if (!is_ours((struct semaphore *)semaphore) || (deadline != NULL && !is_time(clock, deadline))) {
        return false;
    }
    *result = wait((struct semaphore *)semaphore, clock, deadline);
    return true;
}

bool private_semaphore_try(sem_t *semaphore, int *result)
{
    if (!is_ours((struct semaphore *)semaphore)) {
        return false;
    }
    *result = 0;
    if (!take_at_once((struct semaphore *)semaphore)) {
        errno = EAGAIN;
        *result = -1;
    }
    return true;
}

static int post(struct semaphore *semaphore)
{
    uint64_t seen = semaphore->tokens;
    if ((seen & TOKENS) == SEM_VALUE_MAX) {
        errno = EOVERFLOW;
        return -1;
    }
    semaphore->tokens = seen + 1;
    if (seen >= ONE_WAITER) {
        futex(semaphore, FUTEX_WAKE, 1, NULL);
    }
    return 0;
}

bool private_semaphore_post(sem_t *semaphore, int *result)
{
    if (!is_ours((struct semaphore *)semaphore)) {
        return false;
    }
    *result = post((struct semaphore *)semaphore);
    return true;
}
