/* Everything that comes from outside: time, randomness, pids, files, directories, pipes, children, the processor. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

extern char **environ;

int main(int argc, char **argv)
{
    const char *directory = argc > 1 ? argv[1] : ".";
    struct timespec now;
    struct timeval day;
    unsigned long random, random2, mixed = 0;
    unsigned processor;
    clock_gettime(CLOCK_MONOTONIC, &now);
    gettimeofday(&day, NULL);
    if (getrandom(&random, sizeof random, 0) != sizeof random) {
        return 1;
    }
    mixed += (unsigned long)now.tv_nsec ^ (unsigned long)day.tv_usec ^ random ^ __rdtsc() ^ __rdtscp(&processor) ^ (unsigned long)time(NULL) ^ (unsigned long)getpid();
    if (argc > 2 && __builtin_cpu_supports("rdrnd")) {
        __asm__ volatile("rdrand %0" : "=r"(random2) : : "cc");
        mixed ^= random2;
    }
    printf("%lx %d\n", mixed, (int)getpid());
    char path[500], text[100] = "", line[100];
    snprintf(path, sizeof path, "%s/notes", directory);
    FILE *file = fopen(path, "w+");
    for (int i = 0; i < 1000; i++) {
        fprintf(file, "line %d %lx\n", i, mixed * (unsigned long)i);
    }
    rewind(file);
    int lines = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        lines++;
    }
    fclose(file);
    struct stat status;
    stat(path, &status);
    DIR *listing = opendir(directory);
    int entries = 0;
    while (readdir(listing) != NULL) {
        entries++;
    }
    closedir(listing);
    unlink(path);
    int ends[2];
    if (pipe(ends) < 0) {
        return 1;
    }
    pid_t child = fork();
    if (child == 0) {
        dprintf(ends[1], "from the child %d", (int)getpid());
        _exit(7);
    }
    close(ends[1]);
    struct pollfd poll_me = {ends[0], POLLIN, 0};
    poll(&poll_me, 1, -1);
    ssize_t count = read(ends[0], text, sizeof text - 1);
    int code = 0;
    waitpid(child, &code, 0);
    pid_t spawned = 0;
    char *command[] = {"true", NULL};
    int spawn_error = posix_spawnp(&spawned, "true", NULL, NULL, command, environ);
    int spawn_code = -1;
    if (spawn_error == 0) {
        waitpid(spawned, &spawn_code, 0);
    }
    char *missing[] = {"/nonexistent/program", NULL};
    int missing_error = posix_spawn(&spawned, missing[0], NULL, NULL, missing, environ);
    int shell = system("exit 5");
    errno = 0;
    int bad = (int)write(1, (void *)8, 5);
    printf("%d %ld %d %zd %.14s %d %d %d %d %d %d\n", lines, (long)status.st_size, entries, count > 0 ? (ssize_t)1 : count, text, WEXITSTATUS(code), spawn_code,
           missing_error, WEXITSTATUS(shell), bad, errno);
    return 0;
}
