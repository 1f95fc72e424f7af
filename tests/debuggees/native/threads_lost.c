/* Four threads count without a lock: updates are lost, in every recording others. */
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 4, ROUNDS = 300000 };

static volatile long counter;
static long seen[THREADS];

static void *add(void *number)
{
    for (int i = 0; i < ROUNDS; i++) {
        long before = counter;
        if (before % 97 == 0) {
            seen[(long)number]++;
        }
        counter = before + 1;
    }
    return number;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (long i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, add, (void *)i);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("%ld of %d: %ld %ld %ld %ld\n", counter, THREADS * ROUNDS, seen[0], seen[1], seen[2], seen[3]);
    return counter == THREADS * ROUNDS;
}
