/* What libfred knows about system calls: their names, which arguments the kernel writes (recorded, restored in replicas) and which
 * the program gives away (hashed, compared in replicas). */
#ifndef FRED_SYSDESC_H
#define FRED_SYSDESC_H

#include <stdbool.h>
#include <stdint.h>

/* How many bytes an argument points to. */
enum extent_rule {
    EXTENT_NONE,
    EXTENT_FIXED,     /* `amount` bytes */
    EXTENT_RESULT,    /* result * amount bytes */
    EXTENT_ARGUMENT,  /* value of argument `other` * amount */
    EXTENT_LENGTH_AT, /* the 32-bit length that argument `other` points to (sockaddr) */
    EXTENT_FD_SET,    /* an fd_set for argument 0 descriptors */
    EXTENT_VECTOR,    /* iovec array, `other` = argument with its count; result bytes in all (inputs: everything) */
    EXTENT_MESSAGE,   /* struct msghdr */
    EXTENT_IOCTL,     /* by the request number in argument 1 */
    EXTENT_FCNTL,     /* by the command in argument 1 */
    EXTENT_PRCTL,     /* by the option in argument 0 */
    EXTENT_SOCKADDR,  /* a socket address of `other` bytes, without its padding (inputs) */
    EXTENT_STRING,    /* NUL-terminated (inputs) */
    EXTENT_VALUE      /* the argument itself, not memory (inputs) */
};

struct transfer {
    uint8_t argument; /* 0-5 */
    uint8_t rule;     /* enum extent_rule */
    uint8_t other;
    uint16_t amount;
};

enum { MAX_OUTPUTS = 4, MAX_INPUTS = 3, MAX_SYSCALL = 470 };

enum syscall_traits {
    CALL_BLOCKS = 1,         /* may wait for the outside world: a pause interrupts it, and it is resumed */
    CALL_OUTPUT_ON_ERROR = 2 /* the kernel writes its outputs also when it fails (remaining time of an interrupted sleep) */
};

struct syscall_description {
    const char *name; /* NULL: unknown to libfred */
    uint8_t traits;
    struct transfer outputs[MAX_OUTPUTS];
    struct transfer inputs[MAX_INPUTS];
};

/* Never NULL; an unknown number gives a description without a name. */
const struct syscall_description *sysdesc_find(int64_t nr);

/* Name of a system or pseudo call; "system call" when unknown. */
const char *sysdesc_name(int64_t nr);

/* Hash over what the program gives to the kernel; 0 if nothing of it is compared. */
uint64_t sysdesc_hash_inputs(const struct syscall_description *description, const int64_t arguments[6]);

/* Calls `emit` for every piece of memory the kernel wrote. */
void sysdesc_outputs(const struct syscall_description *description, const int64_t arguments[6], int64_t result,
                     void (*emit)(const void *address, int64_t length));

#endif
