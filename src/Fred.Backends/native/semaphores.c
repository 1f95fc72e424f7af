/* sem_wait, its forms with a deadline, and sem_post, replaced by name: Python's locks are semaphores, and a call by name costs a tenth of what the interception of a system call does.
 * The word is used as glibc does (since 2.21): tokens in the lower half, the number of those who wait in the upper one; so functions that are not replaced go on working
 * with it, and a wait may begin here and there. What would be a system call is recorded as that call. */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "calls.h"
#include "fred.h"
#include "session.h"
#include "snapshot.h"
#include "threads.h"

struct semaphore {
    uint64_t tokens; /* and waiters */
    int shared;      /* not 0: with other processes */
};

#define ONE_WAITER ((uint64_t)1 << 32)
#define TOKENS UINT32_MAX

static int (*real_wait)(sem_t *), (*real_post)(sem_t *);
static int (*real_timedwait)(sem_t *, const struct timespec *), (*real_clockwait)(sem_t *, clockid_t, const struct timespec *);

__attribute__((constructor(101))) static void find_real_functions(void)
{
    *(void **)&real_wait = dlsym(RTLD_NEXT, "sem_wait");
    *(void **)&real_post = dlsym(RTLD_NEXT, "sem_post");
    *(void **)&real_timedwait = dlsym(RTLD_NEXT, "sem_timedwait");
    *(void **)&real_clockwait = dlsym(RTLD_NEXT, "sem_clockwait");
}

/* The same in a head and its replicas, at the same moment. Other libraries' constructors may come before ours. */
static bool is_ours(const struct semaphore *semaphore)
{
    if (real_wait == NULL) {
        find_real_functions();
    }
    return threads_exist() && session.mode != MODE_OFF && semaphore->shared == 0 && !snapshot_foreign_thread();
}

static int futex(struct semaphore *semaphore, int operation, int64_t value, const struct timespec *deadline)
{
    struct call call = {SYS_futex, {(int64_t)&semaphore->tokens, operation | FUTEX_PRIVATE_FLAG, value, (int64_t)deadline, 0, FUTEX_BITSET_MATCH_ANY}, NULL};
    return (int)generic_call(&call);
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
    if (take(semaphore, __atomic_load_n(&semaphore->tokens, __ATOMIC_RELAXED), 1)) {
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

static bool is_time(const struct timespec *deadline) { return deadline->tv_nsec >= 0 && deadline->tv_nsec < 1000000000 && deadline->tv_sec >= 0; }

FRED_API int sem_wait(sem_t *semaphore)
{
    return is_ours((struct semaphore *)semaphore) ? wait((struct semaphore *)semaphore, CLOCK_MONOTONIC, NULL) : real_wait(semaphore);
}

FRED_API int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict deadline)
{
    bool ours = is_ours((struct semaphore *)semaphore) && is_time(deadline);
    return ours ? wait((struct semaphore *)semaphore, CLOCK_REALTIME, deadline) : real_timedwait(semaphore, deadline);
}

FRED_API int sem_clockwait(sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict deadline)
{
    bool ours = is_ours((struct semaphore *)semaphore) && is_time(deadline) && (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC);
    return ours ? wait((struct semaphore *)semaphore, clock, deadline) : real_clockwait(semaphore, clock, deadline);
}

FRED_API int sem_post(sem_t *any)
{
    struct semaphore *semaphore = (struct semaphore *)any;
    uint64_t seen = __atomic_load_n(&semaphore->tokens, __ATOMIC_RELAXED);
    if (!is_ours(semaphore)) {
        return real_post(any);
    }
    do {
        if ((seen & TOKENS) == SEM_VALUE_MAX) {
            errno = EOVERFLOW;
            return -1;
        }
    } while (!__atomic_compare_exchange_n(&semaphore->tokens, &seen, seen + 1, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
    if (seen >= ONE_WAITER) {
        futex(semaphore, FUTEX_WAKE, 1, NULL);
    }
    return 0;
}
