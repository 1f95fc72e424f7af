/* Arithmetic with floating point numbers, for expressions. The program's vector registers and its rounding mode stay as they are; here one rounds to nearest. */
#ifndef FRED_FLOATING_H
#define FRED_FLOATING_H

#include <stdbool.h>
#include <stdint.h>

/* Numbers are the bits of doubles. */
uint64_t floating_add(uint64_t a, uint64_t b);
uint64_t floating_subtract(uint64_t a, uint64_t b);
uint64_t floating_multiply(uint64_t a, uint64_t b);
uint64_t floating_divide(uint64_t a, uint64_t b);
/* False for what is no number. */
bool floating_equal(uint64_t a, uint64_t b);
bool floating_less(uint64_t a, uint64_t b);
bool floating_less_or_equal(uint64_t a, uint64_t b);

uint64_t floating_from_integer(uint64_t value);
uint64_t floating_to_integer(uint64_t value);
/* From and to the bits of a float. */
uint64_t floating_widen(uint64_t value);
uint64_t floating_narrow(uint64_t value);

/* The vector register in which a call takes its first few such arguments, and gives its result (number 0). It is the program's: only in a copy that is made for the call. */
void floating_set_argument(unsigned number, uint64_t value);
uint64_t floating_result(void);

#endif
