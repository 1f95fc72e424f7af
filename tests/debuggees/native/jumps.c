/* setjmp and longjmp over several frames, variable arguments, arrays of variable length, alloca. The argument is how often. */
#include <alloca.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static jmp_buf back;
static int tries;

static int sum(int count, ...)
{
    va_list list;
    int total = 0;
    va_start(list, count);
    for (int i = 0; i < count; i++)
        total += va_arg(list, int);
    va_end(list);
    return total;
}

static int spread(int n)
{
    int squares[n];
    for (int i = 0; i < n; i++)
        squares[i] = i * i;
    char *text = alloca(n + 1);
    memset(text, 'x', n);
    text[n] = '\0';
    return squares[n - 1] + (int)strlen(text);
}

static void fail(int depth)
{
    if (depth > 0)
        fail(depth - 1);
    tries++;
    longjmp(back, tries);
}

static int attempt(int limit)
{
    int got = setjmp(back);
    if (got < limit)
        fail(got);
    return got;
}

static void once(void)
{
    int total = 0;
    for (int i = 3; i < 6; i++)
        total += spread(i) + sum(i, 1, 2, 3, 4, 5);
    tries = 0;
    total += attempt(4);
    printf("%d %d\n", total, tries);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 1;
    while (rounds-- > 0)
        once();
    return 0;
}
