/* A list that is too long, for a moment short enough, and too long again, with much computing between. */
#include <stdlib.h>

struct node {
    struct node *next;
};

static struct node *head;
static volatile long sink;

int list_len(const struct node *n)
{
    int length = 0;
    for (; n != NULL; n = n->next)
        length++;
    return length;
}

static void push(void)
{
    struct node *n = malloc(sizeof *n);
    n->next = head;
    head = n;
}

static void pop(void)
{
    struct node *n = head;
    head = n->next;
    free(n);
}

static void compute(long n)
{
    for (long i = 0; i < n; i++)
        sink += i;
}

int main(void)
{
    for (int i = 0; i < 15; i++) {
        push();
        compute(2000);
    }
    compute(40000);
    for (int i = 0; i < 8; i++)
        pop();
    for (int i = 0; i < 8; i++)
        push();
    compute(40000);
    abort();
}
