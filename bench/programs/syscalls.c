/* System calls, small ones: reads, seeks and writes. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "timed.h"

int main(int argc, char **argv)
{
    char bytes[64];
    int zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY);
    long rounds = argc > 1 ? atol(argv[1]) : 1, sum = 0;
    timed_begin();
    for (long i = 0; i < rounds * 100; i++) {
        sum += read(zero, bytes, sizeof bytes);
        sum += lseek(zero, 0, SEEK_CUR);
        sum += write(null, bytes, sizeof bytes);
    }
    printf("%ld\n", sum);
    timed_end();
    return 0;
}
