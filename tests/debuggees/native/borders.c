/* Code made at run time, children, exec: the argument says which. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int result;

__attribute__((noinline)) static int five(void)
{
    return 5;
}

/* Code made at run time; never both writable and executable unless `loose`. */
static void generate(int loose)
{
    unsigned char code[] = {0xb8, 0, 0, 0, 0, 0xc3};
    unsigned char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE | (loose ? PROT_EXEC : 0), MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 1; i <= 3; i++) {
        if (!loose)
            mprotect(memory, 4096, PROT_READ | PROT_WRITE);
        code[1] = (unsigned char)i;
        memcpy(memory, code, sizeof code);
        if (!loose)
            mprotect(memory, 4096, PROT_READ | PROT_EXEC);
        result += ((int (*)(void))memory)();
    }
}

static void change_itself(void)
{
    uintptr_t page = (uintptr_t)five & ~(uintptr_t)4095;
    unsigned char *code = (unsigned char *)five;
    result = five();
    mprotect((void *)page, 8192, PROT_READ | PROT_WRITE | PROT_EXEC);
    while (*code != 0xb8)
        code++;
    code[1] = 7;
    result += five();
}

static void start_child(void)
{
    pid_t child = vfork();
    if (child == 0)
        execl("/bin/sh", "sh", "-c", "exit 6", (char *)NULL);
    int status;
    waitpid(child, &status, 0);
    result = WEXITSTATUS(status);
}

int main(int count, char **arguments)
{
    const char *what = count > 1 ? arguments[1] : "";
    if (strcmp(what, "vfork") == 0)
        start_child();
    else if (strcmp(what, "generate") == 0 || strcmp(what, "loose") == 0)
        generate(*what == 'l');
    else if (strcmp(what, "change") == 0)
        change_itself();
    else if (strcmp(what, "exec") == 0)
        execl("/bin/true", "true", (char *)NULL);
    return result;
}
