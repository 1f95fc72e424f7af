/* Code that is made at run time, in the ways that programs have. The argument says which; the result is printed. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, RWX = PROT_READ | PROT_WRITE | PROT_EXEC };
typedef unsigned (*function)(unsigned);

static unsigned char *memory;
static int faults;

static unsigned char *map(int protection) { return mmap(NULL, 2 * PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }

/* lea eax, [rdi + number]; ret */
static void write_adder(unsigned char *at, unsigned number)
{
    memcpy(at, "\x8D\x87\x00\x00\x00\x00\xC3", 7);
    memcpy(at + 2, &number, sizeof number);
}

/* The same place again and again, and across the border of two pages. */
static unsigned fill(void)
{
    unsigned total = 0;
    memory = map(RWX);
    for (unsigned i = 0; i < 3000; i++) {
        unsigned char *at = memory + (i % 3 == 0 ? 0 : i % 3 == 1 ? PAGE - 3 : PAGE + 64);
        write_adder(at, i);
        total = ((function)at)(total);
    }
    return total;
}

/* Few versions in turn, called directly by other code of that kind, which goes on by the flags it gets. */
static unsigned alternate(void)
{
    static const unsigned char caller[] = {
        0xE8, 0x3B, 0x00, 0x00, 0x00,       /* call +64 */
        0x74, 0x01,                         /* jz over the next */
        0xC3, 0x83, 0xC0, 0x05, 0xC3};      /* ret; add eax, 5; ret */
    static const unsigned char callee[] = {
        0x89, 0xF8, 0x83, 0xC0, 0x00,       /* mov eax, edi; add eax, number */
        0xA8, 0x03, 0xC3};                  /* test al, 3; ret */
    unsigned total = 0;
    memory = map(RWX);
    memcpy(memory, caller, sizeof caller);
    memcpy(memory + 64, callee, sizeof callee);
    for (unsigned i = 0; i < 20000; i++) {
        memory[68] = (unsigned char)(i & 3);
        total = ((function)memory)(total);
    }
    return total;
}

/* A loop that changes the instruction behind the store, in the same block. */
static unsigned patch(void)
{
    static const unsigned char loop[] = {
        0x31, 0xC0, 0x89, 0xF9,             /* xor eax, eax; mov ecx, edi */
        0x88, 0x0D, 0x01, 0x00, 0x00, 0x00, /* 1: mov [rip + 1], cl */
        0x05, 0, 0, 0, 0,                   /* add eax, (number) */
        0xFF, 0xC9, 0x75, 0xF1, 0xC3};      /* dec ecx; jnz 1b; ret */
    memory = map(RWX);
    memcpy(memory, loop, sizeof loop);
    return ((function)memory)(200) + ((function)memory)(1000);
}

/* Never writable and executable. */
static unsigned flip(void)
{
    unsigned total = 0;
    memory = map(PROT_READ | PROT_WRITE);
    for (unsigned i = 0; i < 200; i++) {
        mprotect(memory, PAGE, PROT_READ | PROT_WRITE);
        write_adder(memory, i);
        mprotect(memory, PAGE, PROT_READ | PROT_EXEC);
        total = ((function)memory)(total);
    }
    return total;
}

/* The program's own handler makes what is wanted possible, both ways. */
static void on_fault(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)context;
    unsigned char *at = info->si_addr;
    faults++;
    if (at < memory || at >= memory + PAGE)
        _exit(3);
    mprotect(memory, PAGE, PROT_READ | (faults & 1 ? PROT_WRITE : PROT_EXEC));
}

static unsigned lazily(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    unsigned total = 0;
    sigaction(SIGSEGV, &action, NULL);
    memory = map(PROT_NONE);
    for (unsigned i = 0; i < 50; i++) {
        write_adder(memory, i);
        total = ((function)memory)(total);
    }
    return total + (unsigned)faults;
}

/* The kernel writes it: by read, and by mapping something else there. */
static unsigned by_calls(void)
{
    unsigned total = 0;
    int ends[2];
    unsigned char code[16];
    memory = map(RWX);
    if (pipe(ends) != 0)
        return 0;
    for (unsigned i = 0; i < 100; i++) {
        write_adder(code, i);
        if (write(ends[1], code, 7) != 7 || read(ends[0], memory, 7) != 7)
            return 0;
        total = ((function)memory)(total);
        if (i % 10 == 0)
            mmap(memory, PAGE, RWX, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    }
    return total;
}

__attribute__((noinline)) static unsigned text(unsigned number) { return number * 3 + 0x11223344; }

/* A function of the file is changed, and protected again. */
static unsigned file(void)
{
    unsigned char *at = (unsigned char *)(uintptr_t)text, *page = (unsigned char *)((uintptr_t)at & ~(uintptr_t)(PAGE - 1));
    unsigned total = text(1), number;
    while (memcmp(at, "\x44\x33\x22\x11", 4) != 0)
        at++;
    for (unsigned i = 0; i < 20; i++) {
        mprotect(page, 2 * PAGE, RWX);
        memcpy(&number, at, sizeof number);
        number += i;
        memcpy(at, &number, sizeof number);
        if (i % 2 == 0)
            mprotect(page, 2 * PAGE, PROT_READ | PROT_EXEC);
        total += text(i);
    }
    return total;
}

int main(int argc, char **argv)
{
    static const struct { const char *name; unsigned (*run)(void); } ways[] = {
        {"fill", fill}, {"alternate", alternate}, {"patch", patch}, {"flip", flip}, {"lazily", lazily}, {"calls", by_calls}, {"file", file}};
    for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++)
        if (argc > 1 && strcmp(argv[1], ways[i].name) == 0)
            printf("%u\n", ways[i].run());
    return 0;
}
