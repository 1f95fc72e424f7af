/* A few functions of the C library, worked out here for expressions: the real ones are chosen at run time and written for the processor, and each call would cost a fork. */
#ifndef FRED_TEXTS_H
#define FRED_TEXTS_H

#include <stdbool.h>
#include <stdint.h>

#include "bytecode.h"

enum text_function { TEXT_NONE, TEXT_STRLEN, TEXT_STRCMP, TEXT_STRNCMP };

enum text_function text_function_named(const char *name);
unsigned text_function_arguments(enum text_function function);

/* A string of the program, or (`own`) one of ours. */
struct text_argument {
    uint64_t value;
    const char *own;
};

/* False: it reads memory that is not there, or has no end. */
bool text_function_run(enum text_function function, const struct text_argument *arguments, bytecode_read *read, uint64_t *result);

#endif
