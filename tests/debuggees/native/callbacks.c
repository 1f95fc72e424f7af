/* Functions of the program that the C library calls: qsort, bsearch, atexit. The argument is how often. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct record {
    char name[12];
    int age;
};

static int compared;

static int by_age(const void *a, const void *b)
{
    const struct record *left = a, *right = b;
    compared++;
    if (left->age < right->age)
        return -1;
    return left->age > right->age;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct record *)a)->name, ((const struct record *)b)->name);
}

static void fill(struct record *records, int count)
{
    unsigned seed = 12345;
    for (int i = 0; i < count; i++) {
        seed = seed * 1103515245 + 12345;
        records[i].age = (int)(seed >> 16) % 90;
        snprintf(records[i].name, sizeof records[i].name, "n%03d", (int)(seed >> 8) % 1000);
    }
}

static int total(const struct record *records, int count)
{
    int sum = 0;
    while (count-- > 0)
        sum += records[count].age;
    return sum;
}

static void goodbye(void)
{
    puts("goodbye");
}

int main(int argc, char **argv)
{
    struct record records[30], key = {"", 0};
    int rounds = argc > 1 ? atoi(argv[1]) : 4;
    atexit(goodbye);
    for (int round = 0; round < rounds; round++) {
        fill(records, 30);
        qsort(records, 30, sizeof *records, by_age);
        int sum = total(records, 30);
        qsort(records, 30, sizeof *records, by_name);
        strcpy(key.name, records[round % 30].name);
        struct record *found = bsearch(&key, records, 30, sizeof *records, by_name);
        if (found == NULL || sum != total(records, 30))
            abort();
    }
    printf("%s\n", compared > 100 ? "many" : "few");
    return 0;
}
