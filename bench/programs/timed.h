/* A program tells how long it took itself, so that neither its start nor what a debugger does at its end counts. */
#include <stdio.h>
#include <time.h>

static struct timespec timed_start;

static inline void timed_begin(void) { clock_gettime(CLOCK_MONOTONIC, &timed_start); }

static inline void timed_end(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    printf("took %.6f\n", (double)(now.tv_sec - timed_start.tv_sec) + (double)(now.tv_nsec - timed_start.tv_nsec) / 1e9);
}
