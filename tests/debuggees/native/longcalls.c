/* Calls with more line events than a log of them keeps, and what comes behind them. */
#include <stdio.h>

static int sum;

static int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

static void work(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        sum += i % 3;
    }
}

int main(void)
{
    int before = 1;
    work(before + 100000);
    before++;
    int result = fib(22);
    sum += result;
    printf("%d %d\n", before, sum);
    return 0;
}
