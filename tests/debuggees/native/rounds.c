/* Runs long enough for several checkpoints: rounds of work, a mark now and then. With the argument "alarms" fewer rounds, which a timer's handler interrupts; with "shots" the same, but each handler
 * sets the clock for the next, up to five; with "long", for most of a minute. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum { ROUNDS = 240, FEW = 30, WORK = 1500000, EVERY = 40, SHOTS = 5, MICROSECONDS = 20000 };

static volatile long total;
static volatile int alarms;
static unsigned table[512];

static void mark(int n) { total += n % 3; }

static int repeated;

static void set_clock(void)
{
    struct itimerval clock = {{0, repeated ? MICROSECONDS : 0}, {0, MICROSECONDS}};
    setitimer(ITIMER_REAL, &clock, NULL);
}

static void on_alarm(int signal)
{
    alarms++;
    total += signal;
    if (!repeated && alarms < SHOTS) {
        set_clock();
    }
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
    const char *how = argc > 1 ? argv[1] : "";
    int clock = strcmp(how, "alarms") == 0 || strcmp(how, "shots") == 0;
    if (clock) {
        repeated = strcmp(how, "alarms") == 0;
        signal(SIGALRM, on_alarm);
        set_clock();
    }
    int n, rounds = clock ? FEW : strcmp(how, "long") == 0 ? 60 * ROUNDS : ROUNDS;
    for (n = 0; n < rounds; n++) {
        work((unsigned)n);
        if (n % EVERY == 0) {
            mark(n);
        }
    }
    printf("%ld %d\n", total, alarms);
    return 0;
}
