/* Signals that arrive anywhere, one after the other: each handler sets the clock for the next. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

enum { WAIT = 2000 };

volatile int shots;
volatile unsigned long rounds;
static unsigned table[64];

static void again(void)
{
    struct itimerval once = {{0, 0}, {0, WAIT}};
    setitimer(ITIMER_REAL, &once, NULL);
}

static void on_shot(int signal)
{
    (void)signal;
    shots++;
    again();
}

static void step(void) { table[rounds++ % 64] += (unsigned)rounds * 2654435761u; }

int main(int argc, char **argv)
{
    int wanted = argc > 1 ? atoi(argv[1]) : 5;
    signal(SIGALRM, on_shot);
    again();
    while (shots < wanted) {
        step();
    }
    printf("%d\n", shots >= wanted);
    return 0;
}
