/* An expression of which only the truth is wanted, looked at by the replica itself wherever memory that it reads has changed (docs/agent-protocol.md, section 5.7). */
#ifndef FRED_PREDICATE_H
#define FRED_PREDICATE_H

#include <stdbool.h>
#include <stdint.h>

/* Gives it up, with its calls. */
void predicate_clear(void);
/* Adds a call: expressions in hexadecimal for its arguments, those with floating point numbers behind "f:". What it returns is read by what comes later at PREDICATE_RESULTS, 8 bytes for each call. An error text or NULL. */
const char *predicate_add_call(uint64_t function, bool gives_floating, char *arguments);
/* Sets the expression, and the registers that its code names, both in hexadecimal. */
const char *predicate_set(const char *code, const char *registers);

#define PREDICATE_RESULTS 0x7ffe0000 /* nothing is mapped there */

/* At the beginning of a run: looks, and has watched what was read. */
void predicate_begin(void);
/* Something that it reads may have changed, up to the present tick. */
void predicate_look(void);
/* The program's mappings are changing; and: the program is between two instructions again. */
void predicate_mappings_change(void);
void predicate_look_again(void);

#endif
