/* libc's semaphores, replaced by name: those that are shared with other processes are recorded, and the others need no intercepted system call. */
#include <dlfcn.h>
#include <semaphore.h>
#include <time.h>

#include "fred.h"
#include "private_semaphores.h"
#include "shared_semaphores.h"

static int (*real_wait)(sem_t *), (*real_trywait)(sem_t *), (*real_post)(sem_t *), (*real_getvalue)(sem_t *, int *);
static int (*real_timedwait)(sem_t *, const struct timespec *), (*real_clockwait)(sem_t *, clockid_t, const struct timespec *);

__attribute__((constructor(101))) static void find_real_functions(void)
{
    *(void **)&real_wait = dlsym(RTLD_NEXT, "sem_wait");
    *(void **)&real_trywait = dlsym(RTLD_NEXT, "sem_trywait");
    *(void **)&real_post = dlsym(RTLD_NEXT, "sem_post");
    *(void **)&real_getvalue = dlsym(RTLD_NEXT, "sem_getvalue");
    *(void **)&real_timedwait = dlsym(RTLD_NEXT, "sem_timedwait");
    *(void **)&real_clockwait = dlsym(RTLD_NEXT, "sem_clockwait");
}

FRED_API int sem_trywait(sem_t *semaphore)
{
    int result;
    return private_semaphore_try(semaphore, &result) || shared_semaphore_try(semaphore, &result) ? result : real_trywait(semaphore);
}

static bool wait(sem_t *semaphore, clockid_t clock, const struct timespec *deadline, int *result)
{
    return private_semaphore_wait(semaphore, clock, deadline, result) || shared_semaphore_wait(semaphore, clock, deadline, result);
}

FRED_API int sem_wait(sem_t *semaphore)
{
    int result;
    return wait(semaphore, CLOCK_MONOTONIC, NULL, &result) ? result : real_wait(semaphore);
}

FRED_API int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict deadline)
{
    int result;
    return wait(semaphore, CLOCK_REALTIME, deadline, &result) ? result : real_timedwait(semaphore, deadline);
}

FRED_API int sem_clockwait(sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict deadline)
{
    int result;
    return wait(semaphore, clock, deadline, &result) ? result : real_clockwait(semaphore, clock, deadline);
}

FRED_API int sem_post(sem_t *semaphore)
{
    int result;
    return private_semaphore_post(semaphore, &result) || shared_semaphore_post(semaphore, &result) ? result : real_post(semaphore);
}

FRED_API int sem_getvalue(sem_t *restrict semaphore, int *restrict value)
{
    return shared_semaphore_value(semaphore, value) ? 0 : real_getvalue(semaphore, value);
}
