/* What cannot be replayed everywhere: threads, exec. */
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
    }
    return 0;
}
