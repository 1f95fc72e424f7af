/* Threads that use what is made for several processes: named semaphores, a mutex and a barrier in shared memory; and one child process that uses them, too. With an argument it wakes a thread by them. */
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 3, ROUNDS = 30 };

static struct { pthread_mutex_t lock; pthread_barrier_t barrier; long counter; sem_t answered; } *shared;
static sem_t *ask, *answer;
static int pings;

static sem_t *semaphore(const char *which)
{
    char name[50];
    snprintf(name, sizeof name, "/fred-test-%s-%d", which, (int)getpid());
    sem_t *made = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
    sem_unlink(name);
    return made;
}

static void *count(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&shared->lock);
        shared->counter++;
        if (i % 10 == 0) {
            usleep(100); /* the others come to where they must wait */
        }
        pthread_mutex_unlock(&shared->lock);
    }
    pthread_barrier_wait(&shared->barrier);
    return unused;
}

static void *pong(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        sem_wait(ask);
        pings++;
        sem_post(answer);
    }
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS], other;
    pthread_mutexattr_t for_processes;
    pthread_barrierattr_t also;
    int status;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_init(&for_processes);
    pthread_mutexattr_setpshared(&for_processes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&shared->lock, &for_processes);
    pthread_barrierattr_init(&also);
    pthread_barrierattr_setpshared(&also, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&shared->barrier, &also, THREADS);
    sem_init(&shared->answered, 1, 0);
    ask = semaphore("ask");
    answer = semaphore("answer");
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, count, NULL);
    }
    pthread_create(&other, NULL, pong, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        sem_post(ask);
        sem_wait(answer);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_join(other, NULL);
    if (argc > 1) {
        pthread_create(&other, NULL, pong, NULL);
    }
    if (fork() == 0) {
        for (int i = 0; i < ROUNDS && argc > 1; i++) {
            sem_post(ask);
        }
        shared->counter++;
        sem_post(&shared->answered);
        _exit(3);
    }
    wait(&status);
    sem_wait(&shared->answered);
    if (argc > 1) {
        pthread_join(other, NULL);
    }
    printf("%d pings, counter %ld, child %d\n", pings, shared->counter, WEXITSTATUS(status));
    return 0;
}
