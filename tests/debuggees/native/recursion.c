/* Recursion: direct, mutual and deep; calls inside expressions; struct results; function pointers. The argument is how often. */
#include <stdio.h>
#include <stdlib.h>

struct pair {
    int first, second;
};

static int calls;

static int fib(int n)
{
    calls++;
    if (n < 2)
        return n;
    return fib(n - 1) + fib(n - 2);
}

static int is_odd(int n);

static int is_even(int n)
{
    return n == 0 ? 1 : is_odd(n - 1);
}

static int is_odd(int n)
{
    return n == 0 ? 0 : is_even(n - 1);
}

static struct pair swap(struct pair p)
{
    struct pair result = {p.second, p.first};
    return result;
}

static int apply(int (*function)(int), int argument)
{
    int result = function(argument);
    return result + 1;
}

static void hanoi(int n, int from, int to, int over, int *moves)
{
    if (n == 0)
        return;
    hanoi(n - 1, from, over, to, moves);
    ++*moves;
    hanoi(n - 1, over, to, from, moves);
}

static void once(void)
{
    int moves = 0, sum = 0;
    struct pair p = {1, 2};
    sum += fib(9);
    sum += is_even(10) + is_odd(7);
    for (int i = 0; i < 3; i++) {
        p = swap(p);
        sum += apply(fib, i) + apply(is_even, i);
    }
    hanoi(5, 1, 3, 2, &moves);
    printf("%d %d %d %d\n", sum, calls, moves, p.first);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 1;
    for (int i = 0; i < rounds; i++)
        once();
    return 0;
}
