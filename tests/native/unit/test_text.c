#include <stdint.h>

#include "check.h"
#include "text.h"

static struct message message;

static const char *bytes(void)
{
    message.bytes[message.used] = '\0';
    return message.bytes;
}

static void builds_words_numbers_and_texts(void)
{
    message_begin(&message, "stopped");
    message_number(&message, -5);
    message_number(&message, INT64_MIN);
    message_unsigned(&message, UINT64_MAX);
    message_text(&message, "", 100);
    message_text(&message, "a b%\n\xff", 100);
    message_text(&message, "/x/y-1_2.py:<m>=,@+", 100);
    CHECK_TEXT("stopped -5 -9223372036854775808 18446744073709551615 % a%20b%25%0A%FF /x/y-1_2.py:<m>=,@+", bytes());
    message_begin(&message, "x");
    message_text(&message, "abcdef", 3);
    CHECK_TEXT("x abc", bytes());
}

static void never_grows_beyond_a_line(void)
{
    message_begin(&message, "x");
    for (int i = 0; i < MAX_LINE; i++) {
        message_append(&message, " y");
    }
    CHECK(message.too_long);
    CHECK(message.used <= MAX_LINE - 1);
}

static void escapes_json(void)
{
    message_begin(&message, "");
    message_append_json(&message, "a\"b\\c\n\x01");
    CHECK_TEXT("\"a\\\"b\\\\c\\u000a\\u0001\"", bytes());
}

static void takes_lines_apart(void)
{
    char line[] = "run  limit=12 depth=-1 %20a%";
    char *at = line;
    CHECK_TEXT("run", text_next_word(&at));
    const char *limit = text_option(text_next_word(&at), "limit");
    CHECK(text_unsigned(limit) == 12);
    const char *depth = text_next_word(&at);
    CHECK(text_option(depth, "dep") == NULL);
    CHECK(text_number(text_option(depth, "depth")) == -1);
    CHECK_TEXT(" a", text_decode(text_next_word(&at)));
    CHECK(text_next_word(&at) == NULL);
    CHECK(text_next_word(&at) == NULL);
    CHECK(text_unsigned(NULL) == 0);
    CHECK(text_number("x") == 0);
}

static void decodes_what_it_codes(void)
{
    char every[256], coded[1024];
    for (int i = 1; i < 256; i++) {
        every[i - 1] = (char)i;
    }
    every[255] = '\0';
    message_begin(&message, "");
    message_text(&message, every, 1000);
    strcpy(coded, bytes() + 1);
    CHECK(strchr(coded, ' ') == NULL);
    CHECK_TEXT(every, text_decode(coded));
    char empty[] = "%", cut[] = "a%4", wrong[] = "%zz";
    CHECK_TEXT("", text_decode(empty));
    CHECK_TEXT("a4", text_decode(cut));
    CHECK_TEXT("zz", text_decode(wrong));
}

static void codes_bytes_as_hexadecimal_digits(void)
{
    static struct message message;
    unsigned char bytes[4] = {0x00, 0x9F, 0xff, 0x10}, back[4];
    message_begin(&message, "bytes");
    message_hex(&message, bytes, sizeof bytes);
    message_hex(&message, bytes, 0);
    message.bytes[message.used] = '\0';
    CHECK_TEXT("bytes 009fff10 %", message.bytes);
    CHECK(text_hex("009FfF10", back, sizeof back) == 4 && memcmp(bytes, back, sizeof bytes) == 0);
    CHECK(text_hex("%", back, sizeof back) == 0 && text_hex("", back, sizeof back) == 0);
    CHECK(text_hex("0", back, sizeof back) == 0 && text_hex("0g", back, sizeof back) == 0);
    CHECK(text_hex("0011223344", back, sizeof back) == 0);
}

int main(void)
{
    builds_words_numbers_and_texts();
    never_grows_beyond_a_line();
    escapes_json();
    takes_lines_apart();
    decodes_what_it_codes();
    codes_bytes_as_hexadecimal_digits();
    return failures;
}
