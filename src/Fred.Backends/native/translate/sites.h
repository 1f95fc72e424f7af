/* System call instructions in the program's text whose place a jump of five bytes can take. */
#ifndef FRED_SITES_H
#define FRED_SITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JUMP_BYTES = 5, SYSCALL_BYTES = 2, MAX_SITE_BYTES = 32 };

struct site {
    size_t offset;  /* of the first byte the jump overwrites */
    uint8_t length; /* bytes of the instructions concerned: the system call, and what is before or after it */
    bool after;     /* false: the jump is over `mov eax, number`, and the system call behind it stays as it is. True: over the system call and what follows it */
};

/* Lists the sites of a piece of text, in ascending order; at most so many. Left out is what is not certain: where it is doubtful that an instruction begins, where the
 * instructions around cannot be moved, or where a branch may lead into the middle. */
int sites_find(const uint8_t *text, size_t size, struct site *sites, int most);

enum { MAX_LEAD = 24 };

/* How many bytes before the system call at `at` begins the `mov eax, number` that leads to it, over instructions that could stand elsewhere (if their address relative to
 * themselves is adjusted). 0: there is none, or it is not certain. */
size_t sites_lead(const uint8_t *text, size_t size, size_t at);

/* Lists where rdrand, rdseed and rdpid begin, whose results nothing but executing them tells; ascending, at most so many. Left out is, as above, what is not certain. */
int sites_find_random(const uint8_t *text, size_t size, size_t *offsets, int most);

#endif
