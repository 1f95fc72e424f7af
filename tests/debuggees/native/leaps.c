/* Calls that take long: one that returns, and one that is left by a jump. */
#include <setjmp.h>
#include <stdio.h>

static jmp_buf back;
static volatile unsigned long total;

static void work(int millions)
{
    for (int i = 0; i < millions * 1000000; i++)
        total += (unsigned)i % 7;
}

static int plain(int n)
{
    work(n);
    return n;
}

static void leap(int n)
{
    work(n);
    longjmp(back, n);
}

int main(void)
{
    volatile int sum = 0;
    sum += plain(6);
    int got = setjmp(back);
    if (got == 0)
        leap(7);
    sum += got;
    printf("%d\n", sum);
    return 0;
}
