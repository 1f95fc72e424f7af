/* The least test harness: CHECK reports and counts, main returns the count. */
#ifndef FRED_CHECK_H
#define FRED_CHECK_H

#include <stdio.h>
#include <string.h>

static int failures;

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            failures++; \
        } \
    } while (0)
#define CHECK_TEXT(expected, actual) \
    do { \
        const char *actual_ = (actual); \
        if (strcmp(expected, actual_) != 0) { \
            fprintf(stderr, "%s:%d: expected \"%s\", got \"%s\"\n", __FILE__, __LINE__, expected, actual_); \
            failures++; \
        } \
    } while (0)

#endif
