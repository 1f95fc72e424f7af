/* Two threads in turn, by a condition with a time limit that is sometimes too short. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

enum { ROUNDS = 300 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static int turn, timeouts, played[2];

static void *play(void *argument)
{
    int me = (int)(long)argument;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&lock);
        while (turn != me) {
            struct timespec limit;
            clock_gettime(CLOCK_REALTIME, &limit);
            limit.tv_nsec += 20000;
            if (limit.tv_nsec >= 1000000000) {
                limit.tv_sec++;
                limit.tv_nsec -= 1000000000;
            }
            if (pthread_cond_timedwait(&turned, &lock, &limit) == ETIMEDOUT) {
                timeouts++;
            }
        }
        played[me]++;
        turn = !me;
        pthread_cond_signal(&turned);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

int main(void)
{
    pthread_t other;
    pthread_create(&other, NULL, play, (void *)1);
    play((void *)0);
    pthread_join(other, NULL);
    printf("%d and %d\n", played[0], played[1]);
    return 0;
}
