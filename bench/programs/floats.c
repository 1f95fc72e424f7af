/* Floating point: bodies that attract each other. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "timed.h"

enum { BODIES = 5, STEPS = 500 };
static struct { double x[3], v[3], mass; } bodies[BODIES];

static void attract(int a, int b)
{
    double distance[3], square = 0.01;
    for (int k = 0; k < 3; k++) {
        distance[k] = bodies[b].x[k] - bodies[a].x[k];
        square += distance[k] * distance[k];
    }
    double force = 0.001 / (square * sqrt(square));
    for (int k = 0; k < 3; k++) {
        bodies[a].v[k] += distance[k] * force * bodies[b].mass;
        bodies[b].v[k] -= distance[k] * force * bodies[a].mass;
    }
}

static void step(void)
{
    for (int a = 0; a < BODIES; a++) {
        for (int b = a + 1; b < BODIES; b++) {
            attract(a, b);
        }
        for (int k = 0; k < 3; k++) {
            bodies[a].x[k] += bodies[a].v[k] * 0.01;
        }
    }
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 1;
    timed_begin();
    for (int i = 0; i < BODIES * 3; i++) {
        bodies[i / 3].x[i % 3] = i * 0.37 - 2;
        bodies[i / 3].mass = 1 + i / 3;
    }
    for (long i = 0; i < rounds * STEPS; i++) {
        step();
    }
    printf("%.12f\n", bodies[0].x[0]);
    timed_end();
    return 0;
}
