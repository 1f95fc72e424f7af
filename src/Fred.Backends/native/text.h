/* Control lines (docs/agent-protocol.md, section 2): built and taken apart in static buffers, without libc's formatting. */
#ifndef FRED_TEXT_H
#define FRED_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_LINE = 65535 };

struct message {
    size_t used;
    bool too_long; /* something did not fit and was left out */
    char bytes[MAX_LINE + 1];
};

/* Starts a line with a bare word. */
void message_begin(struct message *message, const char *word);
/* Appends a space and a bare word, a number, or a percent-coded text (at most `limit` bytes of it). */
void message_word(struct message *message, const char *word);
void message_number(struct message *message, int64_t number);
void message_unsigned(struct message *message, uint64_t number);
void message_text(struct message *message, const char *text, size_t limit);
/* Appends a space and `length` bytes as pairs of hexadecimal digits; `%` for none. */
void message_hex(struct message *message, const void *bytes, size_t length);
/* Appends raw characters without a space. */
void message_append(struct message *message, const char *text);
void message_append_unsigned(struct message *message, uint64_t number);
/* Appends a JSON string with its quotes. */
void message_append_json(struct message *message, const char *text);

/* Cuts the next word off *at (terminating it in place); NULL at the end of the line. */
char *text_next_word(char **at);
/* Decodes percent coding in place and returns text; a lone `%` is the empty text. */
char *text_decode(char *text);
/* Bytes of a text of hexadecimal digits, at most `size`; returns how many (0 also for `%`, and for anything that is no such text). */
size_t text_hex(const char *text, void *bytes, size_t size);
/* Value of a decimal number with optional minus; 0 for NULL or anything else. */
int64_t text_number(const char *text);
uint64_t text_unsigned(const char *text);
/* If word is `name=value`, the value, else NULL. */
const char *text_option(const char *word, const char *name);
/* Writes number in decimal with its NUL to buffer (at least 24 bytes) and returns the length. */
size_t text_format(char *buffer, uint64_t number);

#endif
