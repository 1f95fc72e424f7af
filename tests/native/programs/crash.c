/* Dies: by a null pointer, a jump to nowhere, abort, a stack overflow, or an instruction that is none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct list {
    struct list *next;
    int value;
};

struct list *head;
volatile int progress;

static void build(int n)
{
    for (int i = 0; i < n; i++) {
        struct list *item = malloc(sizeof *item);
        item->value = i;
        item->next = head;
        head = item;
        progress = i;
    }
}

static int overflow(int n)
{
    volatile char area[1000];
    area[n % 1000] = 1;
    return overflow(n + 1) + area[0];
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "null";
    build(50);
    puts("built");
    fflush(stdout);
    if (strcmp(how, "null") == 0) {
        head = NULL;
        return head->value;
    }
    if (strcmp(how, "jump") == 0) {
        void (*nowhere)(void) = NULL;
        nowhere();
    }
    if (strcmp(how, "abort") == 0) {
        abort();
    }
    if (strcmp(how, "stack") == 0) {
        return overflow(0);
    }
    __builtin_trap();
}
