/* A pipeline through pipes: writes that are longer than a pipe, poll, a timer, and a child process. */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BYTES = 300000 };

static int first[2], second[2];
static char data[BYTES];
static long sum, polls;

static void *produce(void *unused)
{
    (void)unused;
    for (int i = 0; i < BYTES; i++) {
        data[i] = (char)(i * 7);
    }
    ssize_t written = write(first[1], data, BYTES);
    close(first[1]);
    return (void *)written;
}

static void *pass_on(void *unused)
{
    (void)unused;
    static char piece[5000];
    for (;;) {
        struct pollfd one = {first[0], POLLIN, 0};
        polls += poll(&one, 1, -1);
        ssize_t count = read(first[0], piece, sizeof piece);
        if (count <= 0) {
            close(second[1]);
            return NULL;
        }
        if (write(second[1], piece, (size_t)count) != count) {
            abort();
        }
    }
}

static void *consume(void *unused)
{
    (void)unused;
    unsigned char piece[3000];
    for (ssize_t count; (count = read(second[0], piece, sizeof piece)) > 0;) {
        for (ssize_t i = 0; i < count; i++) {
            sum = (sum * 3 + piece[i]) % 1000003;
        }
    }
    return NULL;
}

static void *wait_for_child(void *unused)
{
    (void)unused;
    int status = system("sleep 0.02; exit 5");
    return (void *)(long)WEXITSTATUS(status);
}

int main(void)
{
    pthread_t threads[4];
    void *(*functions[4])(void *) = {produce, pass_on, consume, wait_for_child};
    void *results[4];
    if (pipe(first) != 0 || pipe(second) != 0) {
        return 1;
    }
    for (int i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, functions[i], NULL);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &results[i]);
    }
    printf("wrote %ld, sum %ld, child's status %ld, polled %d\n", (long)results[0], sum, (long)results[3], polls > 0);
    return 0;
}
