/* Producers and consumers with a bounded queue. */
#include <pthread.h>
#include <stdio.h>

enum { PRODUCERS = 3, CONSUMERS = 2, ITEMS = 400, ROOM = 5 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER, not_empty = PTHREAD_COND_INITIALIZER;
static int queue[ROOM], first, count, taken;
static long sums[CONSUMERS];

static void *produce(void *number)
{
    for (int i = 0; i < ITEMS; i++) {
        pthread_mutex_lock(&lock);
        while (count == ROOM) {
            pthread_cond_wait(&not_full, &lock);
        }
        queue[(first + count++) % ROOM] = (int)(long)number * ITEMS + i;
        pthread_cond_signal(&not_empty);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void *consume(void *number)
{
    for (;;) {
        pthread_mutex_lock(&lock);
        while (count == 0 && taken < PRODUCERS * ITEMS) {
            pthread_cond_wait(&not_empty, &lock);
        }
        if (taken == PRODUCERS * ITEMS) {
            pthread_cond_broadcast(&not_empty);
            pthread_mutex_unlock(&lock);
            return NULL;
        }
        sums[(long)number] = sums[(long)number] * 31 % 1000003 + queue[first];
        first = (first + 1) % ROOM;
        count--;
        if (++taken == PRODUCERS * ITEMS) {
            pthread_cond_broadcast(&not_empty);
        }
        pthread_cond_signal(&not_full);
        pthread_mutex_unlock(&lock);
    }
}

int main(void)
{
    pthread_t threads[PRODUCERS + CONSUMERS];
    for (long i = 0; i < PRODUCERS + CONSUMERS; i++) {
        pthread_create(&threads[i], NULL, i < PRODUCERS ? produce : consume, (void *)(i < PRODUCERS ? i : i - PRODUCERS));
    }
    for (int i = 0; i < PRODUCERS + CONSUMERS; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("%d taken, %ld %ld\n", taken, sums[0], sums[1]);
    return 0;
}
