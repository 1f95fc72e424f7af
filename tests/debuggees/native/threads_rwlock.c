/* Readers and writers. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

enum { READERS = 3, WRITERS = 2, ROUNDS = 500 };

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static int left, right, torn, looks;

static void *read_both(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_rwlock_rdlock(&lock);
        torn += left != right;
        __atomic_fetch_add(&looks, 1, __ATOMIC_RELAXED);
        pthread_rwlock_unlock(&lock);
        sched_yield();
    }
    return NULL;
}

static void *write_both(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_rwlock_wrlock(&lock);
        left++;
        sched_yield();
        right++;
        pthread_rwlock_unlock(&lock);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[READERS + WRITERS];
    for (int i = 0; i < READERS + WRITERS; i++) {
        pthread_create(&threads[i], NULL, i < READERS ? read_both : write_both, NULL);
    }
    for (int i = 0; i < READERS + WRITERS; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("%d %d, %d torn, %d looks\n", left, right, torn, looks);
    return 0;
}
