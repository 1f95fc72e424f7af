/* Strings: formatted, copied, searched, compared. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "timed.h"

int main(int argc, char **argv)
{
    static char text[4096], copy[4096];
    long rounds = argc > 1 ? atol(argv[1]) : 1, sum = 0;
    timed_begin();
    for (long i = 0; i < rounds * 100; i++) {
        size_t used = 0;
        for (int word = 0; word < 20; word++) {
            used += (size_t)snprintf(text + used, sizeof text - used, "word%d-%ld ", word, i % 97);
        }
        strcpy(copy, text);
        for (char *at = strtok(copy, " "); at != NULL; at = strtok(NULL, " ")) {
            sum += (long)strlen(at) + (strstr(text, at) != NULL) + (strcmp(at, "word7-7") == 0);
        }
    }
    printf("%ld\n", sum);
    timed_end();
    return 0;
}
