/* Writes to memory: 8 MB that never rest, each page of which a checkpoint has to keep. */
#include <stdio.h>
#include <stdlib.h>

#include "timed.h"

enum { WORDS = 1 << 20, STRIDE = 64 };
static long words[WORDS];

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 1, sum = 0;
    timed_begin();
    for (long i = 0; i < rounds * 4; i++) {
        for (long k = i % STRIDE; k < WORDS; k += STRIDE) {
            words[k] += i + k;
        }
    }
    for (long k = 0; k < WORDS; k++) {
        sum += words[k];
    }
    printf("%ld\n", sum);
    timed_end();
    return 0;
}
