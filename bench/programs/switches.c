/* A switch in a loop: an interpreter of a small machine. */
#include <stdio.h>
#include <stdlib.h>

#include "timed.h"

enum operation { ADD, SUBTRACT, DOUBLE, LOOP, STOP };
static const struct { enum operation operation; long value; } program[] = {{ADD, 7}, {DOUBLE, 0}, {SUBTRACT, 3}, {ADD, 1}, {LOOP, 0}, {STOP, 0}};

static long run(long times)
{
    long value = 0;
    for (int at = 0;; at++) {
        switch (program[at].operation) {
        case ADD: value += program[at].value; break;
        case SUBTRACT: value -= program[at].value; break;
        case DOUBLE: value = value * 2 % 1000003; break;
        case LOOP: at = --times > 0 ? -1 : at; break;
        default: return value;
        }
    }
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 1, sum = 0;
    timed_begin();
    for (long i = 0; i < rounds; i++) {
        sum += run(5000 + i % 3);
    }
    printf("%ld\n", sum);
    timed_end();
    return 0;
}
