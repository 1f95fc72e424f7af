#include "bytecode.h"

#include <string.h>

#include "floating.h"

enum { MAX_DEPTH = 100 };

enum operation {
    ADD = 0x02, SUBTRACT, MULTIPLY, DIVIDE_SIGNED, DIVIDE_UNSIGNED, REMAINDER_SIGNED, REMAINDER_UNSIGNED, SHIFT_LEFT, SHIFT_RIGHT_SIGNED, SHIFT_RIGHT_UNSIGNED,
    NOT = 0x0E, AND, OR, EXCLUSIVE_OR, COMPLEMENT, EQUAL, LESS_SIGNED, LESS_UNSIGNED, EXTEND, READ_1, READ_2, READ_4, READ_8,
    GO_IF = 0x20, GO, CONSTANT_1, CONSTANT_2, CONSTANT_4, CONSTANT_8, REGISTER, END, DUPLICATE, POP, EXTEND_ZERO, SWAP,
    PICK = 0x32, ROTATE,
    FLOAT_ADD = 0x80, FLOAT_SUBTRACT, FLOAT_MULTIPLY, FLOAT_DIVIDE, FLOAT_EQUAL, FLOAT_LESS, FLOAT_LESS_OR_EQUAL, FLOAT_FROM_INTEGER, FLOAT_TO_INTEGER, FLOAT_WIDEN, FLOAT_NARROW
};

struct machine {
    const uint8_t *code;
    unsigned length, at, depth;
    bool failed;
    uint64_t stack[MAX_DEPTH];
};

static uint64_t pop(struct machine *m)
{
    if (m->depth == 0) {
        m->failed = true;
        return 0;
    }
    return m->stack[--m->depth];
}

static void push(struct machine *m, uint64_t value)
{
    if (m->depth == MAX_DEPTH) {
        m->failed = true;
    } else {
        m->stack[m->depth++] = value;
    }
}

/* What follows an operation, most significant byte first. */
static uint64_t take(struct machine *m, unsigned size)
{
    uint64_t value = 0;
    if (size > m->length - m->at) {
        m->failed = true;
        return 0;
    }
    while (size-- > 0) {
        value = value << 8 | m->code[m->at++];
    }
    return value;
}

static void extend(struct machine *m, bool is_signed)
{
    unsigned bits = (unsigned)take(m, 1);
    uint64_t value = pop(m);
    if (bits == 0 || bits > 64) {
        m->failed = true;
    } else if (is_signed) {
        push(m, (uint64_t)((int64_t)(value << (64 - bits)) >> (64 - bits)));
    } else {
        push(m, value << (64 - bits) >> (64 - bits));
    }
}

static void read_memory(struct machine *m, bytecode_read *read, unsigned size)
{
    uint64_t value = 0;
    m->failed |= !read(pop(m), &value, size);
    push(m, value);
}

/* The only division of two 64-bit numbers that faults besides one by zero. */
static bool overflows(int64_t a, int64_t b) { return a == INT64_MIN && b == -1; }

static uint64_t divide(struct machine *m, uint8_t operation, uint64_t a, uint64_t b)
{
    if (b == 0) {
        m->failed = true;
        return 0;
    }
    bool over = overflows((int64_t)a, (int64_t)b);
    switch (operation) {
    case DIVIDE_SIGNED: return over ? a : (uint64_t)((int64_t)a / (int64_t)b);
    case DIVIDE_UNSIGNED: return a / b;
    case REMAINDER_SIGNED: return over ? 0 : (uint64_t)((int64_t)a % (int64_t)b);
    default: return a % b;
    }
}

static uint64_t combine(struct machine *m, uint8_t operation, uint64_t a, uint64_t b)
{
    switch (operation) {
    case ADD: return a + b;
    case SUBTRACT: return a - b;
    case MULTIPLY: return a * b;
    case SHIFT_LEFT: return a << (b & 63);
    case SHIFT_RIGHT_SIGNED: return (uint64_t)((int64_t)a >> (b & 63));
    case SHIFT_RIGHT_UNSIGNED: return a >> (b & 63);
    case AND: return a & b;
    case OR: return a | b;
    case EXCLUSIVE_OR: return a ^ b;
    case EQUAL: return a == b;
    case LESS_SIGNED: return (int64_t)a < (int64_t)b;
    case LESS_UNSIGNED: return a < b;
    default: return divide(m, operation, a, b);
    }
}

static uint64_t combine_floating(uint8_t operation, uint64_t a, uint64_t b)
{
    switch (operation) {
    case FLOAT_ADD: return floating_add(a, b);
    case FLOAT_SUBTRACT: return floating_subtract(a, b);
    case FLOAT_MULTIPLY: return floating_multiply(a, b);
    case FLOAT_DIVIDE: return floating_divide(a, b);
    case FLOAT_EQUAL: return floating_equal(a, b);
    case FLOAT_LESS: return floating_less(a, b);
    default: return floating_less_or_equal(a, b);
    }
}

static void go(struct machine *m, bool goes)
{
    unsigned target = (unsigned)take(m, 2);
    if (goes) {
        m->failed |= target < m->at || target >= m->length;
        m->at = target;
    }
}

/* A copy of what lies `down` below the top. */
static void pick(struct machine *m, unsigned down)
{
    if (down >= m->depth) {
        m->failed = true;
    } else {
        push(m, m->stack[m->depth - 1 - down]);
    }
}

static void swap(struct machine *m)
{
    uint64_t b = pop(m), a = pop(m);
    push(m, b);
    push(m, a);
}

static void rotate(struct machine *m)
{
    uint64_t c = pop(m), b = pop(m), a = pop(m);
    push(m, c);
    push(m, a);
    push(m, b);
}

static void push_register(struct machine *m, const uint64_t *registers)
{
    uint64_t number = take(m, 2);
    m->failed |= number >= BYTECODE_REGISTERS;
    push(m, m->failed ? 0 : registers[number]);
}

static void step_floating(struct machine *m, uint8_t operation)
{
    switch (operation) {
    case FLOAT_ADD ... FLOAT_LESS_OR_EQUAL: {
        uint64_t b = pop(m), a = pop(m);
        push(m, combine_floating(operation, a, b));
        break;
    }
    case FLOAT_FROM_INTEGER: push(m, floating_from_integer(pop(m))); break;
    case FLOAT_TO_INTEGER: push(m, floating_to_integer(pop(m))); break;
    case FLOAT_WIDEN: push(m, floating_widen(pop(m))); break;
    case FLOAT_NARROW: push(m, floating_narrow(pop(m))); break;
    default: m->failed = true; break;
    }
}

static void step(struct machine *m, uint8_t operation, const uint64_t *registers, bytecode_read *read)
{
    switch (operation) {
    case ADD ... SHIFT_RIGHT_UNSIGNED: case AND ... EXCLUSIVE_OR: case EQUAL ... LESS_UNSIGNED: {
        uint64_t b = pop(m), a = pop(m);
        push(m, combine(m, operation, a, b));
        break;
    }
    case NOT: push(m, pop(m) == 0); break;
    case COMPLEMENT: push(m, ~pop(m)); break;
    case EXTEND: case EXTEND_ZERO: extend(m, operation == EXTEND); break;
    case READ_1 ... READ_8: read_memory(m, read, 1u << (operation - READ_1)); break;
    case GO_IF: go(m, pop(m) != 0); break;
    case GO: go(m, true); break;
    case CONSTANT_1 ... CONSTANT_8: push(m, take(m, 1u << (operation - CONSTANT_1))); break;
    case REGISTER: push_register(m, registers); break;
    case DUPLICATE: pick(m, 0); break;
    case POP: pop(m); break;
    case SWAP: swap(m); break;
    case PICK: pick(m, (unsigned)take(m, 1)); break;
    case ROTATE: rotate(m); break;
    default: step_floating(m, operation); break;
    }
}

bool bytecode_run(struct bytecode expression, const uint64_t registers[BYTECODE_REGISTERS], bytecode_read *read, uint64_t *value)
{
    struct machine m; /* the stack needs no beginning */
    m.code = expression.code;
    m.length = expression.length;
    m.at = m.depth = 0;
    m.failed = false;
    while (!m.failed) {
        uint8_t operation = (uint8_t)take(&m, 1);
        if (operation == END) {
            *value = pop(&m);
            return !m.failed;
        }
        step(&m, operation, registers, read);
    }
    return false;
}
