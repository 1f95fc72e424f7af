#include "text.h"

#include <string.h>

static void put(struct message *message, const char *bytes, size_t count)
{
    if (message->used + count > MAX_LINE - 1) { /* one byte stays for the newline */
        message->too_long = true;
        return;
    }
    memcpy(message->bytes + message->used, bytes, count);
    message->used += count;
}

static bool is_plain(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
        || (c != '\0' && strchr("._/:<>=+,@-", c) != NULL);
}

size_t text_format(char *buffer, uint64_t number)
{
    char digits[24];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    for (size_t i = 0; i < count; i++) {
        buffer[i] = digits[count - 1 - i];
    }
    buffer[count] = '\0';
    return count;
}

void message_begin(struct message *message, const char *word)
{
    message->used = 0;
    message->too_long = false;
    message_append(message, word);
}

void message_append(struct message *message, const char *text) { put(message, text, strlen(text)); }

void message_append_unsigned(struct message *message, uint64_t number)
{
    char digits[24];
    put(message, digits, text_format(digits, number));
}

void message_word(struct message *message, const char *word)
{
    put(message, " ", 1);
    message_append(message, word);
}

void message_unsigned(struct message *message, uint64_t number)
{
    put(message, " ", 1);
    message_append_unsigned(message, number);
}

void message_number(struct message *message, int64_t number)
{
    put(message, number < 0 ? " -" : " ", number < 0 ? 2 : 1);
    message_append_unsigned(message, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void message_text(struct message *message, const char *text, size_t limit)
{
    static const char hex[] = "0123456789ABCDEF";
    put(message, " ", 1);
    if (*text == '\0') {
        put(message, "%", 1);
    }
    for (; *text != '\0' && limit > 0; text++, limit--) {
        unsigned char c = (unsigned char)*text;
        if (is_plain(c)) {
            put(message, text, 1);
        } else {
            char coded[3] = {'%', hex[c >> 4], hex[c & 15]};
            put(message, coded, 3);
        }
    }
}

void message_hex(struct message *message, const void *bytes, size_t length)
{
    static const char hex[] = "0123456789abcdef";
    put(message, length > 0 ? " " : " %", length > 0 ? 1 : 2);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = ((const unsigned char *)bytes)[i];
        char coded[2] = {hex[c >> 4], hex[c & 15]};
        put(message, coded, 2);
    }
}

void message_append_json(struct message *message, const char *text)
{
    static const char hex[] = "0123456789abcdef";
    put(message, "\"", 1);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            char escaped[2] = {'\\', (char)c};
            put(message, escaped, 2);
        } else if (c < 0x20) {
            char escaped[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
            put(message, escaped, 6);
        } else {
            put(message, text, 1);
        }
    }
    put(message, "\"", 1);
}

char *text_next_word(char **at)
{
    char *word = *at;
    while (*word == ' ') {
        word++;
    }
    if (*word == '\0') {
        *at = word;
        return NULL;
    }
    char *end = word;
    while (*end != ' ' && *end != '\0') {
        end++;
    }
    *at = *end == '\0' ? end : end + 1;
    *end = '\0';
    return word;
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *text_decode(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0';) {
        if (from[0] == '%' && hex_value(from[1]) >= 0 && hex_value(from[2]) >= 0) {
            *to++ = (char)(hex_value(from[1]) * 16 + hex_value(from[2]));
            from += 3;
        } else if (from[0] == '%') {
            from++;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
    return text;
}

size_t text_hex(const char *text, void *bytes, size_t size)
{
    unsigned char *to = bytes;
    size_t count = 0;
    for (; text[0] != '\0'; text += 2) {
        int high = hex_value(text[0]), low = high < 0 ? -1 : hex_value(text[1]);
        if (low < 0 || count == size) {
            return 0;
        }
        to[count++] = (unsigned char)(high * 16 + low);
    }
    return count;
}

uint64_t text_unsigned(const char *text)
{
    uint64_t value = 0;
    for (; text != NULL && *text >= '0' && *text <= '9'; text++) {
        value = value * 10 + (uint64_t)(*text - '0');
    }
    return value;
}

int64_t text_number(const char *text)
{
    if (text != NULL && *text == '-') {
        return (int64_t)(0 - text_unsigned(text + 1));
    }
    return (int64_t)text_unsigned(text);
}

const char *text_option(const char *word, const char *name)
{
    size_t length = strlen(name);
    return strncmp(word, name, length) == 0 && word[length] == '=' ? word + length + 1 : NULL;
}
