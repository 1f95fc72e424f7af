/* Two workers take turns: for the verbs. */
#include <pthread.h>
#include <sched.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static __thread int own;
static int total, last;

static int twice(int number)
{
    return number + number;
}

static void *work(void *argument)
{
    int number = (int)(long)argument;
    for (int i = 0; i < 3; i++) {
        own = twice(number) + i;
        pthread_mutex_lock(&lock);
        total += own;
        last = number;
        pthread_mutex_unlock(&lock);
        sched_yield();
    }
    return argument;
}

int main(void)
{
    pthread_t threads[2];
    for (long i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, work, (void *)(i + 1));
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    return total == 24 ? 0 : 1;
}
