/* POSIX semaphores of the program's own threads: the locks of Python. */
#ifndef FRED_PRIVATE_SEMAPHORES_H
#define FRED_PRIVATE_SEMAPHORES_H

#include <semaphore.h>
#include <stdbool.h>
#include <time.h>

/* Each does what libc's function does, without a system call that is intercepted. False: that is libc's business (no threads, no session, shared with other processes); nothing was done. */
bool private_semaphore_wait(sem_t *semaphore, clockid_t clock, const struct timespec *deadline, int *result);
bool private_semaphore_try(sem_t *semaphore, int *result);
bool private_semaphore_post(sem_t *semaphore, int *result);

#endif
