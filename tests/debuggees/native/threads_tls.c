/* Thread-local variables, keys with destructors, errno, names, and once. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 2000 };

static __thread int own = 7;
static __thread double wide[4];
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int destroyed, begun;

static void destroy(void *value)
{
    destroyed += *(int *)value;
    free(value);
}

static void begin(void)
{
    begun++;
    pthread_key_create(&key, destroy);
}

static void *run(void *number)
{
    char name[16];
    pthread_once(&once, begin);
    int *value = malloc(sizeof *value);
    *value = (int)(long)number;
    pthread_setspecific(key, value);
    snprintf(name, sizeof name, "worker-%ld", (long)number);
    pthread_setname_np(pthread_self(), name);
    for (int i = 0; i < ROUNDS; i++) {
        own += (int)(long)number;
        wide[i % 4] += own / 3.0;
        if (close(-1) == 0 || errno != EBADF) {
            abort();
        }
    }
    return (void *)(long)(own + (int)wide[1] % 1000);
}

int main(void)
{
    pthread_t threads[THREADS];
    long sum = 0;
    for (long i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, run, (void *)(i + 1));
    }
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        sum += (long)result;
    }
    printf("%ld, main's own %d, destroyed %d, begun %d\n", sum, own, destroyed, begun);
    return 0;
}
