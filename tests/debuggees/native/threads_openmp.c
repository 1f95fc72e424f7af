/* A reduction, a critical section and a dynamic schedule. */
#include <stdio.h>

int main(void)
{
    double sum = 0;
    int most = 0, order = 0;
#pragma omp parallel for num_threads(3) reduction(+ : sum) schedule(dynamic, 50)
    for (int i = 1; i <= 2000; i++) {
        sum += 1.0 / i;
        if (i % 100 == 0) {
#pragma omp critical
            {
                order = order * 7 % 10007 + i;
                most = i > most ? i : most;
            }
        }
    }
    printf("%.9f %d\n", sum, most);
    return order == 0;
}
