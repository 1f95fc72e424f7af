/* Signals with handlers, raised by the program itself; a handler that is entered while another runs, and one that changes what the program does. The argument is how often. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static volatile sig_atomic_t seen;
static int nested;
static int factor = 1;

static void count(int number)
{
    seen += number == SIGURG ? 1 : 10;
}

static void again(int number)
{
    (void)number;
    nested++;
    raise(SIGURG);
    nested++;
}

static void turn(int number)
{
    if (number == SIGIO)
        factor = -factor;
}

static int guarded(int n)
{
    if (n % 2)
        raise(SIGIO);
    return factor * n;
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 8;
    signal(SIGURG, count);
    signal(SIGWINCH, again);
    signal(SIGIO, turn);
    int sum = 0;
    for (int i = 0; i < rounds; i++) {
        raise(i % 2 ? SIGURG : SIGWINCH);
        sum += guarded(i);
    }
    printf("%d %d %d\n", (int)seen, nested, sum);
    return 0;
}
