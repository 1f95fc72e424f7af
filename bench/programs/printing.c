/* Output, a line at a time, as programs write it whose output goes to a terminal. */
#include <stdio.h>
#include <stdlib.h>

#include "timed.h"

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 1, sum = 0;
    timed_begin();
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (long i = 0; i < rounds * 100; i++) {
        for (int k = 0; k < 50; k++) {
            sum += k * i % 11;
        }
        printf("line %ld of many, sum %ld\n", i, sum);
    }
    timed_end();
    return 0;
}
