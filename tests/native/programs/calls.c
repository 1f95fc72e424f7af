/* System calls in a loop, by libc's functions; and what the kernel answered, so that a replay shows whether it was recorded. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
long seen;

static void round_of_calls(int file)
{
    char bytes[16];
    struct stat status;
    seen += getppid() + getpid();
    seen += read(file, bytes, sizeof bytes) + bytes[3];
    seen += lseek(file, 0, SEEK_CUR);
    seen += fstat(file, &status) + (long)status.st_ino;
}

static void children(void)
{
    char *const words[] = {"true", NULL};
    int status = 0, pipes[2];
    pid_t pid;
    char byte = 0;
    pipe(pipes);
    if (fork() == 0) {
        write(pipes[1], "x", 1); /* by a patched place, in a process without a dispatcher */
        _exit(getppid() > 0 ? 3 : 4);
    }
    read(pipes[0], &byte, 1);
    wait(&status);
    seen += WEXITSTATUS(status) + byte;
    posix_spawnp(&pid, "true", NULL, NULL, words, environ);
    waitpid(pid, &status, 0);
    seen += status + system("exit 5");
}

int main(int argc, char **argv)
{
    int file = open("/dev/urandom", O_RDONLY);
    long rounds = argc > 1 ? atol(argv[1]) : 100;
    for (long i = 0; i < rounds; i++) {
        round_of_calls(file);
    }
    children();
    round_of_calls(file);
    printf("%ld\n", seen);
    return 0;
}
