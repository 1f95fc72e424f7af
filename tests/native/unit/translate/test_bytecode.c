/* Expressions of gdb's agent language: each operation, what has no value, and what is no expression. */
#include "program/bytecode.h"

#include <stdlib.h>

#include "check.h"

static const uint64_t registers[BYTECODE_REGISTERS] = {[6] = 0x7ffe1230, [16] = 99};

/* Two words of memory at 0x1000. */
static bool read_memory(uint64_t address, void *to, unsigned size)
{
    static const uint8_t memory[16] = {0x80, 0xFF, 3, 4, 5, 6, 7, 8, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    if (address < 0x1000 || address + size > 0x1000 + sizeof memory) {
        return false;
    }
    memcpy(to, memory + (address - 0x1000), size);
    return true;
}

enum { NO_VALUE = 0x5AFE };

static uint64_t run(unsigned length, const uint8_t *code)
{
    uint64_t value = 0;
    uint8_t *exactly = malloc(length); /* what lies behind it may not be read */
    memcpy(exactly, code, length);
    bool has_value = bytecode_run((struct bytecode){exactly, length}, registers, read_memory, &value);
    free(exactly);
    return has_value ? value : NO_VALUE;
}

#define RUN(...) run(sizeof((const uint8_t[]){__VA_ARGS__}), (const uint8_t[]){__VA_ARGS__})
#define TWO(operation, a, b) RUN(0x22, a, 0x22, b, operation, 0x27)
#define MINUS_ONE 0x22, 0xFF, 0x16, 8
#define LEAST 0x25, 0x80, 0, 0, 0, 0, 0, 0, 0

static void check_arithmetic(void)
{
    CHECK(TWO(0x02, 7, 3) == 10 && TWO(0x03, 3, 7) == (uint64_t)-4 && TWO(0x04, 7, 3) == 21);
    CHECK(TWO(0x05, 7, 3) == 2 && TWO(0x06, 7, 3) == 2 && TWO(0x07, 7, 3) == 1 && TWO(0x08, 7, 3) == 1);
    CHECK(RUN(MINUS_ONE, 0x22, 2, 0x05, 0x27) == 0 && RUN(MINUS_ONE, 0x22, 2, 0x06, 0x27) == UINT64_MAX / 2);
    CHECK(TWO(0x09, 3, 4) == 48 && RUN(MINUS_ONE, 0x22, 60, 0x0B, 0x27) == 15 && RUN(MINUS_ONE, 0x22, 60, 0x0A, 0x27) == UINT64_MAX);
    CHECK(TWO(0x0F, 12, 10) == 8 && TWO(0x10, 12, 10) == 14 && TWO(0x11, 12, 10) == 6);
    CHECK(RUN(0x22, 0, 0x0E, 0x27) == 1 && RUN(0x22, 5, 0x0E, 0x27) == 0 && RUN(0x22, 0, 0x12, 0x27) == UINT64_MAX);
    CHECK(TWO(0x13, 4, 4) == 1 && TWO(0x13, 4, 5) == 0 && TWO(0x14, 4, 5) == 1 && TWO(0x15, 5, 4) == 0);
    CHECK(RUN(MINUS_ONE, 0x22, 1, 0x14, 0x27) == 1 && RUN(MINUS_ONE, 0x22, 1, 0x15, 0x27) == 0);
    CHECK(RUN(0x23, 0x12, 0x34, 0x16, 8, 0x27) == 0x34 && RUN(0x22, 0x80, 0x16, 8, 0x27) == (uint64_t)-128 && RUN(0x23, 0x12, 0x34, 0x2A, 4, 0x27) == 4);
}

#define DOUBLE(high, low) 0x25, high, low, 0, 0, 0, 0, 0, 0
#define ONE_AND_A_HALF DOUBLE(0x3F, 0xF8)
#define TWO_POINT_O DOUBLE(0x40, 0x00)
#define NO_NUMBER DOUBLE(0x7F, 0xF8)

static void check_floating(void)
{
    const uint64_t three = 0x4008000000000000, half = 0x3FE0000000000000, minus_half = 0xBFE0000000000000, three_quarters = 0x3FE8000000000000, three_halves = 0x3FF8000000000000;
    CHECK(RUN(ONE_AND_A_HALF, ONE_AND_A_HALF, 0x80, 0x27) == three && RUN(TWO_POINT_O, ONE_AND_A_HALF, 0x81, 0x27) == half && RUN(ONE_AND_A_HALF, TWO_POINT_O, 0x81, 0x27) == minus_half);
    CHECK(RUN(ONE_AND_A_HALF, TWO_POINT_O, 0x82, 0x27) == three && RUN(ONE_AND_A_HALF, TWO_POINT_O, 0x83, 0x27) == three_quarters);
    CHECK(RUN(TWO_POINT_O, TWO_POINT_O, 0x84, 0x27) == 1 && RUN(ONE_AND_A_HALF, TWO_POINT_O, 0x84, 0x27) == 0 && RUN(NO_NUMBER, NO_NUMBER, 0x84, 0x27) == 0);
    CHECK(RUN(ONE_AND_A_HALF, TWO_POINT_O, 0x85, 0x27) == 1 && RUN(TWO_POINT_O, TWO_POINT_O, 0x85, 0x27) == 0 && RUN(NO_NUMBER, TWO_POINT_O, 0x85, 0x27) == 0);
    CHECK(RUN(TWO_POINT_O, TWO_POINT_O, 0x86, 0x27) == 1 && RUN(TWO_POINT_O, ONE_AND_A_HALF, 0x86, 0x27) == 0 && RUN(TWO_POINT_O, NO_NUMBER, 0x86, 0x27) == 0);
    CHECK(RUN(0x22, 3, 0x87, 0x27) == three && RUN(MINUS_ONE, 0x87, 0x88, 0x27) == UINT64_MAX && RUN(ONE_AND_A_HALF, 0x88, 0x27) == 1);
    CHECK(RUN(0x24, 0x3F, 0xC0, 0, 0, 0x89, 0x27) == three_halves && RUN(ONE_AND_A_HALF, 0x8A, 0x27) == 0x3FC00000 && RUN(ONE_AND_A_HALF, 0x8A, 0x89, 0x27) == three_halves);
}

static void check_values(void)
{
    CHECK(RUN(0x24, 1, 2, 3, 4, 0x27) == 0x01020304 && RUN(0x25, 1, 2, 3, 4, 5, 6, 7, 8, 0x27) == 0x0102030405060708);
    CHECK(RUN(0x26, 0, 6, 0x27) == 0x7ffe1230 && RUN(0x26, 0, 16, 0x27) == 99);
    CHECK(RUN(0x23, 0x10, 0, 0x17, 0x27) == 0x80 && RUN(0x23, 0x10, 0, 0x18, 0x27) == 0xFF80 && RUN(0x23, 0x10, 0, 0x19, 0x27) == 0x0403FF80);
    CHECK(RUN(0x23, 0x10, 8, 0x1A, 0x27) == (uint64_t)-2);
    CHECK(RUN(0x22, 3, 0x22, 4, 0x2B, 0x03, 0x27) == 1 && RUN(0x22, 3, 0x28, 0x04, 0x27) == 9 && RUN(0x22, 3, 0x22, 4, 0x29, 0x27) == 3);
    CHECK(RUN(0x22, 3, 0x22, 4, 0x32, 1, 0x27) == 3 && RUN(0x22, 1, 0x22, 2, 0x22, 9, 0x33, 0x03, 0x27) == (uint64_t)-1);
}

static void check_branches(void)
{
    CHECK(RUN(0x22, 1, 0x20, 0, 8, 0x22, 5, 0x27, 0x22, 6, 0x27) == 6); /* 1 ? 6 : 5 */
    CHECK(RUN(0x22, 0, 0x20, 0, 8, 0x22, 5, 0x27, 0x22, 6, 0x27) == 5);
    CHECK(RUN(0x21, 0, 6, 0x22, 5, 0x27, 0x22, 6, 0x27) == 6);
    CHECK(RUN(0x21, 0, 0, 0x27) == NO_VALUE); /* back to itself: it would never end */
    CHECK(RUN(0x21, 0, 9, 0x22, 5, 0x27) == NO_VALUE);
}

static void check_what_has_no_value(void)
{
    CHECK(TWO(0x05, 7, 0) == NO_VALUE && TWO(0x06, 7, 0) == NO_VALUE && TWO(0x07, 7, 0) == NO_VALUE && TWO(0x08, 7, 0) == NO_VALUE);
    CHECK(RUN(LEAST, MINUS_ONE, 0x05, 0x27) == (uint64_t)INT64_MIN && RUN(LEAST, MINUS_ONE, 0x07, 0x27) == 0);
    CHECK(RUN(0x22, 16, 0x1A, 0x27) == NO_VALUE && RUN(0x23, 0x10, 12, 0x1A, 0x27) == NO_VALUE);
    CHECK(RUN(0x27) == NO_VALUE && RUN(0x02, 0x27) == NO_VALUE && RUN(0x22, 1) == NO_VALUE && RUN(0x25, 1, 2) == NO_VALUE && run(0, (const uint8_t *)"") == NO_VALUE);
    CHECK(RUN(0x26, 0, 17, 0x27) == NO_VALUE && RUN(0x22, 1, 0x16, 0, 0x27) == NO_VALUE && RUN(0x22, 1, 0x16, 65, 0x27) == NO_VALUE && RUN(0x22, 1, 0x32, 1, 0x27) == NO_VALUE);
    for (unsigned operation = 0; operation < 256; operation++) { /* whatever is no operation */
        bool known = (operation >= 0x02 && operation <= 0x1A && operation != 0x0C && operation != 0x0D) || (operation >= 0x20 && operation <= 0x2B) || operation == 0x32 || operation == 0x33 || (operation >= 0x80 && operation <= 0x8A);
        CHECK(known || RUN(0x22, 1, 0x22, 1, 0x22, 1, (uint8_t)operation, 0x27) == NO_VALUE);
    }
}

static void check_depth(void)
{
    uint8_t code[301];
    memset(code, 0x28, sizeof code);
    code[0] = 0x22;
    code[1] = 1;
    code[101] = 0x27;
    CHECK(run(102, code) == 1); /* 100 values */
    code[101] = 0x28;
    code[102] = 0x27;
    CHECK(run(103, code) == NO_VALUE);
}

int main(void)
{
    check_arithmetic();
    check_floating();
    check_values();
    check_branches();
    check_what_has_no_value();
    check_depth();
    return failures;
}
