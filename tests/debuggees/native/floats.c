/* Floating point in registers and on the stack: SSE, x87, comparisons, conversions, structures, a callback. The argument is how often. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct point {
    double x, y;
};

static double turned;

static double length(struct point p)
{
    return sqrt(p.x * p.x + p.y * p.y);
}

static struct point turn(struct point p, double angle)
{
    struct point result = {p.x * cos(angle) - p.y * sin(angle), p.x * sin(angle) + p.y * cos(angle)};
    turned += angle;
    return result;
}

static int by_value(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;
    return difference < 0 ? -1 : difference > 0;
}

static long double series(int terms)
{
    long double sum = 0;
    for (int i = 0; i < terms; i++)
        sum += (i % 2 ? -1.0L : 1.0L) / (2 * i + 1);
    return 4 * sum;
}

static float mean(const double *values, int count)
{
    float sum = 0;
    for (int i = 0; i < count; i++)
        sum += (float)values[i];
    return count > 0 ? sum / count : 0;
}

static void once(void)
{
    double values[12];
    struct point p = {1, 0};
    for (int i = 0; i < 12; i++) {
        p = turn(p, i);
        values[i] = p.x;
    }
    qsort(values, 12, sizeof *values, by_value);
    int rounded = 0;
    for (int i = 0; i < 12; i++) {
        if (isnan(values[i]) || values[i] < -0.5)
            continue;
        rounded += (int)lround(values[i] * 10);
    }
    printf("%.3f %.3f %.6Lf %d\n", length(p), mean(values, 12), series(30), rounded);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 1;
    while (rounds-- > 0)
        once();
    return 0;
}
