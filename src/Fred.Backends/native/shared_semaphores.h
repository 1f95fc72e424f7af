/* POSIX semaphores in memory that the program shares with other processes: the locks of multiprocessing. */
#ifndef FRED_SHARED_SEMAPHORES_H
#define FRED_SHARED_SEMAPHORES_H

#include <semaphore.h>
#include <stdbool.h>
#include <time.h>

/* Each does what libc's function does, and records it or finds it in the recording. False: the semaphore is none of these, or there is no session; nothing was done. */
bool shared_semaphore_wait(sem_t *semaphore, clockid_t clock, const struct timespec *deadline, int *result);
bool shared_semaphore_try(sem_t *semaphore, int *result);
bool shared_semaphore_post(sem_t *semaphore, int *result);
bool shared_semaphore_value(sem_t *semaphore, int *value);

#endif
