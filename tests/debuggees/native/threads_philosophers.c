/* Each takes the fork on the left, thinks, and waits for the one on the right: for ever. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

enum { PHILOSOPHERS = 5 };

static pthread_mutex_t forks[PHILOSOPHERS];
static int meals[PHILOSOPHERS];

static void *dine(void *argument)
{
    long number = (long)argument;
    for (int i = 0; i < 1000; i++) {
        pthread_mutex_lock(&forks[number]);
        usleep(100);
        pthread_mutex_lock(&forks[(number + 1) % PHILOSOPHERS]);
        meals[number]++;
        pthread_mutex_unlock(&forks[(number + 1) % PHILOSOPHERS]);
        pthread_mutex_unlock(&forks[number]);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[PHILOSOPHERS];
    for (int i = 0; i < PHILOSOPHERS; i++) {
        pthread_mutex_init(&forks[i], NULL);
    }
    for (long i = 0; i < PHILOSOPHERS; i++) {
        pthread_create(&threads[i], NULL, dine, (void *)i);
    }
    for (int i = 0; i < PHILOSOPHERS; i++) {
        pthread_join(threads[i], NULL);
    }
    puts("nobody starved");
    return 0;
}
