/* Calls of the program's functions on behalf of a predicate: each in a throw-away copy of this process, whose effects are gone with it. */
#ifndef FRED_CALLED_H
#define FRED_CALLED_H

#include <stdbool.h>
#include <stdint.h>

enum { MAX_CALL_ARGUMENTS = 6 };

enum call_end {
    CALL_RETURNED,
    CALL_FAILED, /* it crashed, or wants something that there is not in a copy */
    CALL_LOST    /* what it has read is not known: too much, or it took too long */
};

struct call_shape {
    unsigned count;    /* of arguments */
    uint32_t floating; /* bit n: argument n is in a vector register */
    bool gives_floating;
};

/* Calls the function; `noted` gets the words of memory that were read for it (aligned addresses), until the next call. */
enum call_end called_run(uint64_t function, const uint64_t *arguments, struct call_shape shape, uint64_t *result, const uint64_t **noted, unsigned *noted_count);

/* In the copy: the call is over, by return if `returned`. In all other processes: nothing happens. */
void called_end(bool returned);

#endif
