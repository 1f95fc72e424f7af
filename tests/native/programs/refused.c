/* What cannot be replayed: threads, exec, code that the program writes. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
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
    } else if (argc > 1 && strcmp(argv[1], "flip") == 0) { /* written, then made executable: this can be followed */
        unsigned char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        int total = 0;
        for (int i = 0; i < 5; i++) {
            mprotect(code, 4096, PROT_READ | PROT_WRITE);
            memcpy(code, "\xB8\x07\x00\x00\x00\xC3", 6);
            code[1] = (unsigned char)i;
            mprotect(code, 4096, PROT_READ | PROT_EXEC);
            total += ((int (*)(void))code)();
        }
        printf("%d\n", total);
    } else {
        unsigned char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memcpy(code, "\xB8\x07\x00\x00\x00\xC3", 6);
        return ((int (*)(void))code)();
    }
    return 0;
}
