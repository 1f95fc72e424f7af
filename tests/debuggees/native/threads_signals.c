/* Signals sent to one thread, a thread that waits for signals, cancellation, and a cleanup handler. */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile int handled_by, handled, cleaned, waited;
static __thread int number;
static sem_t begun;

static void on_signal(int signal)
{
    (void)signal;
    handled++;
    handled_by = number;
}

static void *compute(void *unused)
{
    (void)unused;
    number = 2;
    sem_post(&begun);
    for (volatile long i = 0; handled < 1; i++) {
    }
    return NULL;
}

static void clean(void *unused)
{
    (void)unused;
    cleaned++;
}

static void *sleep_long(void *unused)
{
    (void)unused;
    pthread_cleanup_push(clean, NULL);
    sem_post(&begun);
    sleep(1000);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *wait_for_signal(void *set)
{
    int signal;
    sem_post(&begun);
    sigwait(set, &signal);
    waited = signal;
    return NULL;
}

int main(void)
{
    pthread_t computing, sleeping, waiting;
    struct sigaction action = {.sa_handler = on_signal};
    sigset_t set;
    void *result;
    sigaction(SIGUSR1, &action, NULL);
    sem_init(&begun, 0, 0);
    pthread_create(&computing, NULL, compute, NULL);
    sem_wait(&begun);
    pthread_kill(computing, SIGUSR1);
    pthread_join(computing, NULL);
    pthread_create(&sleeping, NULL, sleep_long, NULL);
    sem_wait(&begun);
    pthread_cancel(sleeping);
    pthread_join(sleeping, &result);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    pthread_create(&waiting, NULL, wait_for_signal, &set);
    sem_wait(&begun);
    kill(getpid(), SIGUSR2);
    pthread_join(waiting, NULL);
    raise(SIGUSR1);
    printf("handled %d times, cancelled %d, cleaned %d, waited for %d\n", handled, result == PTHREAD_CANCELED, cleaned, waited == SIGUSR2);
    return 0;
}
