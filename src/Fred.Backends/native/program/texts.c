#include "texts.h"

#include <stddef.h>
#include <string.h>

enum { WORD = 8, LONGEST = 1 << 16 };

/* One string, read a word at a time: what is read is watched. */
struct reader {
    const struct text_argument *text;
    bytecode_read *read;
    uint64_t word, at;
    bool has_word;
};

static bool next(struct reader *reader, uint8_t *character)
{
    if (reader->text->own != NULL) {
        *character = (uint8_t)reader->text->own[reader->at++];
        return true;
    }
    uint64_t address = reader->text->value + reader->at++;
    if (!reader->has_word || address % WORD == 0) {
        if (!reader->read(address - address % WORD, &reader->word, WORD)) {
            return false;
        }
        reader->has_word = true;
    }
    *character = (uint8_t)(reader->word >> 8 * (address % WORD));
    return true;
}

enum text_function text_function_named(const char *name)
{
    return strcmp(name, "strlen") == 0 ? TEXT_STRLEN : strcmp(name, "strcmp") == 0 ? TEXT_STRCMP : strcmp(name, "strncmp") == 0 ? TEXT_STRNCMP : TEXT_NONE;
}

unsigned text_function_arguments(enum text_function function) { return (unsigned)function; /* they are in that order */ }

static bool length(const struct text_argument *text, bytecode_read *read, uint64_t *result)
{
    struct reader reader = {text, read, 0, 0, false};
    uint8_t character = 0;
    for (*result = 0; *result < LONGEST; ++*result) {
        if (!next(&reader, &character)) {
            return false;
        }
        if (character == 0) {
            return true;
        }
    }
    return false;
}

static bool compare(const struct text_argument *texts, uint64_t most, bytecode_read *read, uint64_t *result)
{
    struct reader first = {&texts[0], read, 0, 0, false}, second = {&texts[1], read, 0, 0, false};
    *result = 0;
    for (uint64_t i = 0; i < most; i++) {
        uint8_t a = 0, b = 0;
        if (i == LONGEST || !next(&first, &a) || !next(&second, &b)) {
            return false;
        }
        if (a != b || a == 0) {
            *result = (uint64_t)((int64_t)a - b);
            return true;
        }
    }
    return true;
}

bool text_function_run(enum text_function function, const struct text_argument *arguments, bytecode_read *read, uint64_t *result)
{
    return function == TEXT_STRLEN ? length(arguments, read, result) : compare(arguments, function == TEXT_STRCMP ? UINT64_MAX : arguments[2].value, read, result);
}
