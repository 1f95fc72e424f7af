/* Runs long enough for several checkpoints: rounds of work, a mark now and then, and with the argument "alarms" a timer whose handler interrupts the rounds;
 * with "long", for most of a minute. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum { ROUNDS = 240, WORK = 1500000, EVERY = 40 };

static volatile long total;
static volatile int alarms;
static unsigned table[512];

static void mark(int n) { total += n % 3; }

static void on_alarm(int signal)
{
    alarms++;
    total += signal;
}

static void work(unsigned seed)
{
    for (unsigned i = 0; i < WORK; i++) {
        unsigned *cell = &table[(i * 7 + seed) % 512];
        *cell = *cell * 1103515245u + 12345u + i;
        total += *cell >> 31;
    }
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "alarms") == 0) {
        struct itimerval often = {{0, 50000}, {0, 50000}};
        signal(SIGALRM, on_alarm);
        setitimer(ITIMER_REAL, &often, NULL);
    }
    int rounds = argc > 1 && strcmp(argv[1], "long") == 0 ? 60 * ROUNDS : ROUNDS;
    for (int n = 0; n < rounds; n++) {
        work((unsigned)n);
        if (n % EVERY == 0) {
            mark(n);
        }
    }
    printf("%ld %d\n", total, alarms);
    return 0;
}
