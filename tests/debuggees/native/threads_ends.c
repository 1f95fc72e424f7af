/* Threads that end before they are joined, one that is never joined, one that starts others, and main ends first. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_t early, parent;
static int grandchildren;

static void *end_at_once(void *value) { return value; }

static void *detached(void *unused)
{
    (void)unused;
    pthread_detach(pthread_self());
    __atomic_fetch_add(&grandchildren, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void *have_children(void *unused)
{
    (void)unused;
    for (int i = 0; i < 20; i++) {
        pthread_t child;
        pthread_create(&child, NULL, detached, NULL);
    }
    while (__atomic_load_n(&grandchildren, __ATOMIC_SEQ_CST) < 20) {
        usleep(100);
    }
    return NULL;
}

static void *last(void *main_thread)
{
    void *value;
    pthread_join(*(pthread_t *)main_thread, NULL);
    pthread_join(early, &value);
    pthread_join(parent, NULL);
    printf("early returned %ld, %d grandchildren\n", (long)value, grandchildren);
    exit(3);
}

int main(void)
{
    static pthread_t self;
    pthread_t thread;
    self = pthread_self();
    pthread_create(&early, NULL, end_at_once, (void *)11);
    pthread_create(&parent, NULL, have_children, NULL);
    usleep(1000);
    pthread_create(&thread, NULL, last, &self);
    pthread_exit(NULL);
}
