/* Instructions that no translator expects, and code where none can be near. Linked at a low address (-no-pie). The result is printed. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define FAR ((unsigned char *)0x200000000000)

static int faults;
int number = 7;

static void skip(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)info;
    faults++;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP]++;
}

/* No instruction at all in 64-bit mode. */
static void invalid(void)
{
    struct sigaction action = {.sa_sigaction = skip, .sa_flags = SA_SIGINFO};
    sigaction(SIGILL, &action, NULL);
    for (int i = 0; i < 20; i++)
        __asm__ volatile(".byte 0x06" : : : "memory");
}

/* Relative to the lower half of the instruction pointer: it stores, too. */
static int relative(void)
{
    int total = 0, value;
    for (int i = 0; i < 20; i++) {
        __asm__ volatile("movl number(%%eip), %0\n\taddl $3, number(%%eip)" : "=r"(value) : : "memory", "cc");
        total += value;
    }
    return total;
}

__attribute__((noinline)) static void ready(void) { __asm__ volatile(""); }

/* Sums up, asks the kernel for the process and compares: eax = the sum, if it is the same both times. */
static int far(void)
{
    static const unsigned char code[] = {
        0x31, 0xDB, 0x89, 0xF9,                         /* xor ebx, ebx; mov ecx, edi */
        0x01, 0xCB, 0xFF, 0xC9, 0x75, 0xFA,             /* 1: add ebx, ecx; dec ecx; jnz 1b */
        0xB8, 0x27, 0x00, 0x00, 0x00, 0x0F, 0x05,       /* getpid */
        0x89, 0xC2, 0xB8, 0x27, 0x00, 0x00, 0x00, 0x0F, 0x05, /* mov edx, eax; again */
        0x29, 0xD0, 0x01, 0xD8, 0xC3};                  /* sub eax, edx; add eax, ebx; ret */
    int total = 0;
    if (mmap(FAR, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != FAR)
        return 0;
    memcpy(FAR, code, sizeof code);
    ready();
    for (int i = 1; i <= 10; i++) {
        int result;
        __asm__ volatile("call *%2" : "=a"(result) : "D"(i * 10), "r"(FAR) : "rbx", "rcx", "rdx", "r11", "memory", "cc");
        total += result;
    }
    return total;
}

int main(void)
{
    invalid();
    int sum = relative(), distant = far();
    printf("%d %d %d %d\n", faults, sum, number, distant);
    return 0;
}
