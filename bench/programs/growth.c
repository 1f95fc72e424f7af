/* For searches: a list that gets a node now and then, and a sum that only grows. */
#include <stdio.h>
#include <stdlib.h>

#include "timed.h"

enum { NODES = 20 };
struct node { struct node *next; long value; };
static struct node *head;
static long total;

static int list_len(const struct node *node)
{
    int count = 0;
    for (; node != NULL; node = node->next) {
        count++;
    }
    return count;
}

static void push(long value)
{
    struct node *node = malloc(sizeof *node);
    node->value = value;
    node->next = head;
    head = node;
}

static long work(long seed)
{
    for (int i = 0; i < 1000; i++) {
        seed = seed * 1103515245 + 12345;
    }
    return seed >> 16 & 1;
}

static void never(void) { total = -1; }

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 1;
    timed_begin();
    if (rounds < 0) {
        never();
    }
    for (long i = 0; i < rounds; i++) {
        total += 1 + (work(i) < 0);
        if (rounds < NODES || i % (rounds / NODES) == 0) {
            push(total);
        }
    }
    printf("%ld %d\n", total, list_len(head));
    timed_end();
    return 0;
}
