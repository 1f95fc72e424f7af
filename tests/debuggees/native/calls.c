/* One line calls a function more often than there is room for line events. */
#include <stdio.h>

enum { CALLS = 60000 };

static long total;

static long twist(long n)
{
    long bits = n ^ (n << 1);
    return bits & 7;
}

int main(void)
{
    for (long n = 0; n < CALLS; n++) total += twist(n);
    printf("%ld\n", total);
    return 0;
}
