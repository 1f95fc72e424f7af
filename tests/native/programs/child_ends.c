/* A thread writes more than the pipe takes that it is given; meanwhile a child ends, whose end nobody handles. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BYTES = 200000 };

static char data[BYTES];
static int pipe_end;

static void *produce(void *unused) { (void)unused; return (void *)write(pipe_end, data, BYTES); }

int main(int argc, char **argv)
{
    pthread_t thread;
    void *written;
    char byte;
    pipe_end = open(argv[argc - 1], O_RDWR);
    pid_t child = fork();
    if (child == 0) {
        _exit(read(STDIN_FILENO, &byte, 1) == 1 ? 3 : 4);
    }
    pthread_create(&thread, NULL, produce, NULL);
    waitpid(child, NULL, 0);
    write(STDERR_FILENO, "child\n", 6);
    pthread_join(thread, &written);
    write(STDERR_FILENO, "done\n", 5);
    printf("%ld\n", (long)written);
    return 0;
}
