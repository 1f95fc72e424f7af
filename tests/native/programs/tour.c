/* A little of everything a C program does: recursion, callbacks, a switch, structures, varargs, variable-length arrays, strings, floating point, the heap. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node {
    int value;
    struct node *left, *right;
};

int counter;
double total;

static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

static struct node *insert(struct node *tree, int value)
{
    if (tree == NULL) {
        tree = calloc(1, sizeof *tree);
        tree->value = value;
    } else if (value < tree->value) {
        tree->left = insert(tree->left, value);
    } else {
        tree->right = insert(tree->right, value);
    }
    return tree;
}

static int depth(const struct node *tree)
{
    if (tree == NULL) {
        return 0;
    }
    int left = depth(tree->left), right = depth(tree->right);
    return 1 + (left > right ? left : right);
}

static int sum(int count, ...)
{
    va_list list;
    int result = 0;
    va_start(list, count);
    for (int i = 0; i < count; i++) {
        result += va_arg(list, int);
    }
    va_end(list);
    return result;
}

static int choose(int n)
{
    switch (n % 7) {
    case 0: return 3;
    case 1: return n * 2;
    case 2: return n - 1;
    case 3: return -n;
    case 4: return n / 2;
    case 5: return sum(3, n, n, n);
    default: return n ^ 5;
    }
}

void step(int i)
{
    counter += choose(i);
    total += sqrt(i) * sin(i);
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 100;
    int values[n + 1];
    unsigned seed = 42;
    for (int i = 0; i < n; i++) {
        seed = seed * 1103515245 + 12345;
        values[i] = (int)(seed >> 16 & 1023);
        step(values[i]);
    }
    qsort(values, (size_t)n, sizeof values[0], compare);
    struct node *tree = NULL;
    for (int i = 0; i < n; i++) {
        tree = insert(tree, values[(i * 37) % n]);
    }
    char text[200];
    snprintf(text, sizeof text, "%d %d %.6f %d %d", counter, values[n / 2], total, depth(tree), fib(n < 15 ? n : 15));
    char copy[200];
    memset(copy, 0, sizeof copy);
    memcpy(copy, text, strlen(text));
    printf("%s %zu %s\n", copy, strlen(copy), strstr(copy, " ") != NULL ? "found" : "lost");
    return counter & 63;
}
