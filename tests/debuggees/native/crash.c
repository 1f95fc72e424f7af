/* Crashes on a null pointer that was set long before; the culprit is drop(). */
#include <stdio.h>
#include <stdlib.h>

struct node {
    int value;
    struct node *next;
};

static struct node *head;
static int total;

static int length(const struct node *n)
{
    int count = 0;
    for (; n != NULL; n = n->next)
        count++;
    return count;
}

static void push(int value)
{
    struct node *n = malloc(sizeof *n);
    n->value = value;
    n->next = head;
    head = n;
    total += 2 * value;
}

static void drop(void)
{
    free(head);
    head = NULL;
}

int main(void)
{
    for (int i = 0; i < 20; i++) {
        push(i);
        if (i == 12)
            drop();
    }
    printf("total %d\n", total);
    struct node *p = head;
    while (p->value != 99)
        p = p->next;
    return length(p);
}
