/* Calls: the plain recursion of Fibonacci numbers. */
#include <stdio.h>
#include <stdlib.h>

#include "timed.h"

static int fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 1, sum = 0;
    timed_begin();
    for (long i = 0; i < rounds; i++) {
        sum += fibonacci(22);
    }
    printf("%ld\n", sum);
    timed_end();
    return 0;
}
