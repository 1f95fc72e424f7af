/* What libfred-native uses of <string.h>, without vector registers. While the program is in a system call or stopped these are its own (enter.S), and a call that neither
 * changes nor stores them has nothing to load again, which takes as long as a small system call itself. libc's versions use them; so do compilers, unless told not to. */
#include <stdint.h>
#include <string.h>

enum { WORD = sizeof(uint64_t), LONG = 256 /* bytes from which the processor's own loop is faster */ };

typedef uint64_t __attribute__((may_alias, aligned(1))) word;

static void copy_forwards(uint8_t *to, const uint8_t *from, size_t length)
{
    if (length >= LONG) {
        __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(length) : : "memory");
        return;
    }
    for (; length >= WORD; length -= WORD, to += WORD, from += WORD) {
        *(word *)to = *(const word *)from;
    }
    while (length-- > 0) {
        *to++ = *from++;
    }
}

static void copy_backwards(uint8_t *to, const uint8_t *from, size_t length)
{
    for (; length >= WORD; length -= WORD) {
        *(word *)(to + length - WORD) = *(const word *)(from + length - WORD);
    }
    while (length-- > 0) {
        to[length] = from[length];
    }
}

void *memcpy(void *restrict to, const void *restrict from, size_t length)
{
    copy_forwards(to, from, length);
    return to;
}

void *memmove(void *to, const void *from, size_t length)
{
    if ((uintptr_t)to - (uintptr_t)from >= length) {
        copy_forwards(to, from, length);
    } else {
        copy_backwards(to, from, length);
    }
    return to;
}

void *memset(void *to, int byte, size_t length)
{
    uint8_t *at = to;
    if (length >= LONG) {
        __asm__ volatile("rep stosb" : "+D"(at), "+c"(length) : "a"(byte) : "memory");
        return to;
    }
    for (uint64_t bytes = (uint8_t)byte * 0x0101010101010101u; length >= WORD; length -= WORD, at += WORD) {
        *(word *)at = bytes;
    }
    while (length-- > 0) {
        *at++ = (uint8_t)byte;
    }
    return to;
}

int memcmp(const void *one, const void *other, size_t length)
{
    const uint8_t *a = one, *b = other;
    for (; length >= WORD && *(const word *)a == *(const word *)b; length -= WORD, a += WORD, b += WORD) {
    }
    for (; length > 0; length--, a++, b++) {
        if (*a != *b) {
            return *a - *b;
        }
    }
    return 0;
}

void *memchr(const void *in, int byte, size_t length)
{
    for (const uint8_t *at = in; length > 0; length--, at++) {
        if (*at == (uint8_t)byte) {
            return (void *)at;
        }
    }
    return NULL;
}

size_t strnlen(const char *text, size_t most)
{
    size_t length = 0;
    while (length < most && text[length] != '\0') {
        length++;
    }
    return length;
}

size_t strlen(const char *text) { return strnlen(text, SIZE_MAX); }

int strncmp(const char *one, const char *other, size_t most)
{
    for (; most > 0; most--, one++, other++) {
        if (*one != *other || *one == '\0') {
            return (uint8_t)*one - (uint8_t)*other;
        }
    }
    return 0;
}

int strcmp(const char *one, const char *other) { return strncmp(one, other, SIZE_MAX); }

char *strchr(const char *text, int character)
{
    for (;; text++) {
        if (*text == (char)character) {
            return (char *)text;
        }
        if (*text == '\0') {
            return NULL;
        }
    }
}

char *strcpy(char *restrict to, const char *restrict from) { return memcpy(to, from, strlen(from) + 1); }

char *strncpy(char *restrict to, const char *restrict from, size_t length)
{
    size_t used = strnlen(from, length);
    memcpy(to, from, used);
    memset(to + used, 0, length - used);
    return to;
}

char *strncat(char *restrict to, const char *restrict from, size_t most)
{
    size_t used = strnlen(from, most);
    char *end = to + strlen(to);
    memcpy(end, from, used);
    end[used] = '\0';
    return to;
}

char *strcat(char *restrict to, const char *restrict from) { return strncat(to, from, SIZE_MAX); }
