/* The C library with its vector instructions: strings, memory, formatting; words are counted in a hash table. The argument is how often. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word {
    struct word *next;
    int count;
    char text[1];
};

static struct word *table[16];
static int found;

static unsigned hash(const char *s)
{
    unsigned h = 5381;
    while (*s)
        h = h * 33 + (unsigned char)*s++;
    return h % 16;
}

static struct word *find(const char *text)
{
    struct word **at = &table[hash(text)];
    for (; *at != NULL; at = &(*at)->next)
        if (strcmp((*at)->text, text) == 0)
            return *at;
    *at = calloc(1, sizeof **at + strlen(text));
    strcpy((*at)->text, text);
    return *at;
}

static void lower(char *s)
{
    for (; *s; s++)
        *s = (char)tolower((unsigned char)*s);
}

static int count(const char *text)
{
    char *copy = strdup(text), *rest = copy, *token;
    int words = 0;
    while ((token = strsep(&rest, " ,.")) != NULL) {
        if (*token == '\0')
            continue;
        lower(token);
        find(token)->count++;
        words++;
        found++;
    }
    free(copy);
    return words;
}

static int once(void)
{
    char line[80];
    double mean = 0;
    int words = count("The quick brown fox jumps over the lazy dog. The dog sleeps, the fox runs.");
    for (int i = 0; i < 16; i++)
        for (struct word *w = table[i]; w != NULL; w = w->next)
            mean += (double)w->count / words;
    snprintf(line, sizeof line, "%d words, %.3f, %d times %s", words, mean, find("the")->count, "the");
    puts(memchr(line, '4', strlen(line)) ? line : "?");
    return strstr(line, "words") == NULL;
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 1, failed = 0;
    while (rounds-- > 0)
        failed |= once();
    return failed;
}
