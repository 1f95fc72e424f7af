/* Rounds between barriers; one thread of each round is told so. */
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 4, ROUNDS = 50 };

static pthread_barrier_t barrier;
static int cells[THREADS], serial[THREADS], sum;

static void *run(void *argument)
{
    long number = (long)argument;
    for (int round = 0; round < ROUNDS; round++) {
        cells[number] = round * (int)(number + 1);
        if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) {
            serial[number]++;
        }
        if (number == 0) {
            sum += cells[0] + cells[1] + cells[2] + cells[3];
        }
        pthread_barrier_wait(&barrier);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (long i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, run, (void *)i);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("sum %d, serial %d\n", sum, serial[0] + serial[1] + serial[2] + serial[3]);
    return 0;
}
