/* Forks two children one after the other, which count, answer by a pipe and end each in its own way. Argument: what the second one does at its end. */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int value = 3;

static void work(int number, int answer, const char *end)
{
    for (int i = 0; i < 1000; i++) {
        value += i * number;
    }
    dprintf(answer, "%d", value);
    if (number == 2 && strcmp(end, "crash") == 0) {
        *(volatile int *)8 = number;
    }
    if (number == 2 && strcmp(end, "abort") == 0) {
        abort();
    }
    exit(number + 40);
}

static void *wait_for(void *end) { return (void *)read(*(int *)end, &value, sizeof value); }

/* The first child is forked while there is another thread; the second one when that has ended. */
static pthread_t start_thread(int *ends)
{
    pthread_t thread;
    pipe(ends);
    pthread_create(&thread, NULL, wait_for, ends);
    return thread;
}

int main(int argc, char **argv)
{
    bool with_thread = argc > 1 && strcmp(argv[1], "thread") == 0;
    int thread_ends[2];
    pthread_t thread = with_thread ? start_thread(thread_ends) : 0;
    printf("parent\n");
    fflush(stdout);
    for (int number = 1; number <= 2; number++) {
        int ends[2], status = 0;
        char text[20] = "";
        pipe(ends);
        pid_t child = fork();
        if (child == 0) {
            close(ends[0]);
            work(number, ends[1], argc > 1 ? argv[1] : "");
        }
        close(ends[1]);
        int got = read(ends[0], text, sizeof text - 1), more = read(ends[0], text + got, 1);
        pid_t waited = wait(&status);
        printf("%d %s %d %d %d\n", number, text, more, waited == child, WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
        fflush(stdout);
        if (with_thread && number == 1) {
            write(thread_ends[1], &value, sizeof value);
            pthread_join(thread, NULL);
        }
    }
    printf("left: %d\n", (int)wait(NULL));
    return 5;
}
