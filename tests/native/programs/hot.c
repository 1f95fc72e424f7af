/* Loops that are worth a trace: through libraries and back, by pointers that seldom and often change, with faults in the middle, and returns in a row that leave the flags alone. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { ITEMS = 64, DEPTH = 400, MAGIC = 0x5EED };

static int guarded[1024] __attribute__((aligned(4096)));
static long compared, faults, kept, visited;
static unsigned state = 1;

static unsigned chance(void) { return state = state * 1103515245 + 12345, state >> 16; }

/* Called by libc; reads the executable's memory by instructions of several forms, one of which may fault while two registers hold what must still be there then. */
static int compare(const void *left, const void *right)
{
    long low, high;
    __asm__ volatile("mov %[magic], %%ebx\n\tmov %[magic], %%esi\n\tcmpl $7, guarded(%%rip)\n\tsete %%bl\n\tadd guarded+4(%%rip), %%bh\n\tmovslq %%esi, %0\n\tmovzwl %%bx, %%ebx\n\tmov %%rbx, %1"
                     : "=&r"(low), "=&r"(high) : [magic] "i"(MAGIC) : "rbx", "rsi", "cc", "memory");
    kept += low == MAGIC && high == (MAGIC & 0xFF00) + (guarded[0] == 7);
    compared++;
    return *(const int *)left - *(const int *)right;
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
    const greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;
    (void)signal;
    faults += info->si_addr == guarded && g[REG_RBX] == MAGIC && g[REG_RSI] == MAGIC;
    mprotect(guarded, sizeof guarded, PROT_READ | PROT_WRITE);
}

static long one(long x) { return x + 1; }
static long two(long x) { return x * 3; }
static long three(long x) { return x ^ 5; }
static long (*const forms[])(long) = {one, two, three};

long bottom(jmp_buf out)
{
    if (chance() % 97 == 0) {
        longjmp(out, 1);
    }
    return visited++;
}

/* Down without anything to do afterwards. */
static long deep(int depth, jmp_buf out) { return depth == 0 ? bottom(out) : deep(depth - 1, out); }

static long choose(unsigned n)
{
    switch (n % 6) {
    case 0: return n;
    case 1: return n * 2;
    case 2: return -3;
    case 3: return (long)strlen("four");
    case 4: return n / 3;
    default: return 11;
    }
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    long sum = 0;
    volatile int escaped = 0;
    sigaction(SIGSEGV, &action, NULL);
    for (int round = 0; round < (argc > 1 ? atoi(argv[1]) : 30); round++) {
        int items[ITEMS];
        jmp_buf out;
        for (int i = 0; i < ITEMS; i++) {
            items[i] = (int)(chance() % 1000);
            sum += forms[round % 5 == 4 ? i % 3 : 0](i) + choose(chance());
        }
        if (round % 3 == 2) {
            mprotect(guarded, sizeof guarded, PROT_NONE);
        }
        qsort(items, ITEMS, sizeof items[0], compare);
        sum += items[round % ITEMS];
        if (setjmp(out) == 0) {
            sum += deep(DEPTH, out);
        } else {
            escaped++;
        }
        free(memset(malloc((size_t)items[3] + 1), round, (size_t)items[3]));
    }
    printf("%ld %ld %ld %d %ld %d\n", sum, compared, faults, kept == compared, visited, escaped);
    return 0;
}
