/* Sorting: qsort with a callback. */
#include <stdio.h>
#include <stdlib.h>

#include "timed.h"

enum { COUNT = 5000 };
static int numbers[COUNT];

static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 1, sum = 0;
    timed_begin();
    unsigned seed = 1;
    for (long i = 0; i < rounds; i++) {
        for (int k = 0; k < COUNT; k++) {
            numbers[k] = (int)((seed = seed * 1103515245 + 12345) >> 8 & 0xFFFF);
        }
        qsort(numbers, COUNT, sizeof numbers[0], compare);
        sum += numbers[COUNT / 2];
    }
    printf("%ld\n", sum);
    timed_end();
    return 0;
}
