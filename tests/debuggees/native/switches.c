/* A little machine: switch with a jump table, goto, do and while, the comma and conditional operators, statements of several lines. The argument is how often. */
#include <stdio.h>
#include <stdlib.h>

enum op { PUSH, ADD, MUL, DUP, SWAP, DROP, JNZ, DEC, PRINT, HALT };

static long stack[32];
static int depth;

static void push(long v) { stack[depth++] = v; }

static long pop(void)
{
    return stack[--depth];
}

static int run(const int *code)
{
    int pc = 0, steps = 0;
    long a, b;
again:
    steps++;
    switch (code[pc++]) {
    case PUSH:
        push(code[pc++]);
        goto again;
    case ADD:
        a = pop(), b = pop();
        push(a + b);
        goto again;
    case MUL:
        a = pop();
        b = pop();
        push(a *
             b);
        goto again;
    case DUP:
        push(stack[depth - 1]);
        goto again;
    case SWAP:
        a = pop();
        b = pop();
        push(a);
        push(b);
        goto again;
    case DROP:
        pop();
        break;
    case DEC:
        stack[depth - 1] -= 1;
        break;
    case JNZ:
        pc = stack[depth - 1] != 0
                 ? code[pc]
                 : pc + 1;
        break;
    case PRINT:
        printf("%ld\n", stack[depth - 1]);
        break;
    case HALT:
        return steps;
    default:
        return -1;
    }
    goto again;
}

int main(int argc, char **argv)
{
    /* 2 to the power of 12 */
    static const int factorial[] = {PUSH, 1, PUSH, 12, DUP, PUSH, 0, ADD, SWAP, DROP, SWAP, PUSH, 2, MUL, SWAP, DEC, JNZ, 10, DROP, PRINT, HALT};
    int steps = 0, i = 0, rounds = argc > 1 ? atoi(argv[1]) : 3;
    do {
        depth = 0;
        steps += run(factorial);
        while (depth > 0)
            pop();
    } while (++i < rounds);
    return steps == 0;
}
