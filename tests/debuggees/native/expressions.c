/* Values of many types that change in a few rounds, for expressions about them. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum color { RED, GREEN = 5, BLUE };

struct item {
    int kind : 3;
    unsigned weight : 5;
    signed char small;
    unsigned short medium;
    bool set;
    long values[3];
    struct item *next;
};

static struct item items[4], *first;
static unsigned char byte = 200;
static short narrow = 100;
static unsigned wide = 3;
static long long big = 1;
static enum color color;
static double real;
static const char *name = "abcd"; static char label[8];

static int count(const struct item *item, int kind)
{
    int number = 0;
    for (; item != NULL; item = item->next)
        number += item->kind == kind;
    return number;
}

static char letter(int n) { return name[n & 3]; }
static bool is_set(const struct item *item) { return item != NULL && item->set; }
static unsigned twice(unsigned char n) { return 2u * n; }
static struct item *follower(struct item *item) { return item->next; }
static double half(double number) { return number / 2; }

int main(void)
{
    long local = 0;
    for (int i = 0; i < 8; i++) {
        struct item *item = &items[i % 4];
        byte += 37;
        narrow -= 4500;
        wide = wide * 1664525u + 1013904223u;
        big = -big * 1000003 + i;
        color = i % 3 == 0 ? RED : i % 3 == 1 ? GREEN : BLUE;
        item->kind = i;
        item->weight = 11 * i;
        item->small = (signed char)(50 * i);
        item->medium = (unsigned short)(30000 * i);
        item->set = i & 2;
        item->values[i % 3] = i - 4;
        item->next = i < 4 ? first : NULL;
        first = i % 4 == 3 ? NULL : item;
        real = half(real + i);
        local = i * i % 7; label[i % 6] = i < 6 ? 'x' : '\0';
    }
    printf("%d %c %d %u %p %g %ld\n", count(first, 1), letter(1), is_set(first), twice(byte), (void *)(first ? follower(first) : NULL), real, local);
    abort();
}
