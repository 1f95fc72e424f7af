/* Texts that live as long as the process, without malloc. */
#ifndef FRED_NAMES_H
#define FRED_NAMES_H

/* The library's own copy of text, the same pointer for the same text. NULL when the arena (16 MiB) or table (65,536) is full. */
const char *names_intern(const char *text);

#endif
