/* Its child leaves results in memory that both share, and one more for each byte that it gets by a pipe. "much": so much memory is shared that it is not recorded. "segment": it is System V's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RESULTS = 500, QUESTIONS = 20, MUCH = 1 << 20 };

static struct shared { long results[RESULTS], question, answer; } *shared;
long sum, answers;

static int read_pointer(void)
{
    long **pointer = mmap(NULL, MUCH, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (fork() == 0) {
        *pointer = &sum;
        _exit(0);
    }
    wait(NULL);
    printf("%ld\n", **pointer);
    return 0;
}

int main(int argc, char **argv)
{
    int ask[2], tell[2];
    char byte = 0;
    const char *kind = argc > 1 ? argv[1] : "";
    if (strcmp(kind, "much") == 0) {
        return read_pointer();
    }
    if (strcmp(kind, "segment") == 0) {
        int id = shmget(IPC_PRIVATE, sizeof *shared, IPC_CREAT | 0600);
        shared = shmat(id, NULL, 0);
        shmctl(id, IPC_RMID, NULL);
    } else {
        shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    }
    pipe(ask);
    pipe(tell);
    shared->results[0] = 7; /* before there is a child */
    if (fork() == 0) {
        close(ask[1]);
        for (int i = 1; i < RESULTS; i++) {
            shared->results[i] = i * i;
        }
        while (read(ask[0], &byte, 1) == 1) {
            shared->answer = shared->question * 2;
            write(tell[1], &byte, 1);
        }
        shared->results[0]++;
        _exit(0);
    }
    for (int i = 0; i < QUESTIONS; i++) {
        shared->question = i;
        write(ask[1], &byte, 1);
        read(tell[0], &byte, 1);
        answers += shared->answer;
    }
    close(ask[1]);
    wait(NULL);
    for (int i = 0; i < RESULTS; i++) {
        sum += shared->results[i];
    }
    printf("%ld %ld\n", sum, answers);
    return 0;
}
