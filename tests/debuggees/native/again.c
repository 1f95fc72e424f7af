#include <stdio.h>
static int limit = 3;
static void work(int n)
{
    int left = 10;
    for (int i = 0; i < n; i++) {
        left -= 2;
        if (left < limit) {
            printf("low %d\n", left);
        }
    }
}
int main(void)
{
    for (int i = 0; i < 6; i++) {
        limit += i % 2;
        work(i);
    }
    return 0;
}
