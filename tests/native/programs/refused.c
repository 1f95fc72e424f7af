/* What cannot be replayed everywhere: threads, exec, system calls of the 32-bit kind. */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

static void *work(void *unused)
{
    return unused;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "thread") == 0) {
        pthread_t thread;
        pthread_create(&thread, NULL, work, NULL);
        pthread_join(thread, NULL);
    } else if (argc > 1 && strcmp(argv[1], "exec") == 0) {
        execl("/bin/true", "true", NULL);
    } else if (argc > 1 && strcmp(argv[1], "old") == 0) {
        int process;
        __asm__ volatile("int $0x80" : "=a"(process) : "a"(20));
        return process != getpid();
    }
    return 0;
}
