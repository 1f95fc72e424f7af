/* What a pointer leads to: static memory, the heap, the stack of a call, memory that comes and goes, a list. Each change of `aim` makes other memory matter. */
#include <stdlib.h>
#include <sys/mman.h>

struct node { struct node *next; long value; };

long fixed = 1;
long *volatile aim = &fixed;
struct node *list;

long sum(const struct node *node)
{
    long total = 0;
    for (; node != NULL; node = node->next) {
        total += node->value;
    }
    return total;
}

static void on_the_stack(int rounds)
{
    long local = 5;
    aim = &local;
    for (int i = 0; i < rounds; i++) {
        local = -local;
        fixed += i;
    }
    aim = &fixed;
}

static void on_the_heap(int rounds)
{
    long *heap = malloc(100 * sizeof *heap);
    for (int i = 0; i < rounds; i++) {
        heap[i % 100] = i % 3 - 1;
        aim = &heap[(i * 7) % 100];
    }
    aim = &fixed;
    free(heap);
}

static void in_passing_memory(void)
{
    long *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    page[3] = -2;
    aim = page + 3;
    page[3] = 2;
    munmap(page, 4096);
    aim = &fixed;
}

static void push(long value)
{
    struct node *node = malloc(sizeof *node);
    node->value = value;
    node->next = list;
    list = node;
}

int main(void)
{
    on_the_heap(300);
    on_the_stack(200);
    in_passing_memory();
    for (long i = 0; i < 20; i++) {
        push(i % 2 == 0 ? i + 3 : -i - 3);
        list->value++;
    }
    on_the_stack(20);
    fixed = -1;
    return 0;
}
