/* The control page: one file mapped shared by every process of the session and by the C# side (docs/agent-protocol.md, 2.6). */
#ifndef FRED_PAGE_H
#define FRED_PAGE_H

#include <stdint.h>

enum {
    PAGE_SLOTS_BYTES = 64 * 1024,      /* header and slots */
    PAGE_TAIL_BYTES = 1024 * 1024,     /* end of the head's log, not yet in the file */
    PAGE_BYTES = PAGE_SLOTS_BYTES + PAGE_TAIL_BYTES,
    PAGE_SLOTS = PAGE_SLOTS_BYTES / 64 - 1
};

/* What the controller and one running process tell each other while it runs. Every field is written with plain aligned 64-bit
 * stores; the order of stores is the rule of section 2.6. */
struct slot {
    volatile uint64_t ticks;            /* by the process: how far it is */
    volatile uint64_t target;           /* by both: enter the slow path at or after this tick; 0 = at the next one */
    volatile uint64_t checkpoint_token; /* by the controller: a new value asks for a checkpoint */
    volatile uint64_t pause;            /* by the controller: 1 asks for a stop; cleared by the process when it stops */
    volatile uint64_t in_syscall;       /* by the process: 1 while a system call may block */
    volatile uint64_t event_hash;       /* by the process, only with the mode option hash=1: over all (probe, kind, tick) so far */
    uint64_t unused[2];
};

/* In checkpoint_token: write an image, too. */
#define CHECKPOINT_WITH_IMAGE (1ull << 62)

struct page {
    volatile uint64_t log_base;    /* bytes of the head's log that are in its file */
    volatile uint64_t log_pending; /* bytes after them, in `tail` */
    volatile uint64_t log_inode;   /* which file `tail` belongs to (a promoted replica takes the tail over) */
    volatile uint32_t fork_gate;   /* futex: a checkpoint copies shared memory before its parent runs on */
    volatile uint32_t log_sequence; /* odd while log_base and log_pending change */
    volatile uint64_t fault_ns;     /* what a page fault costs here, measured when the program was started */
    volatile uint64_t handled;      /* bit n - 1: the head of a native program has entered a handler for signal n */
    uint64_t unused[2];
    struct slot slots[PAGE_SLOTS];
    unsigned char tail[PAGE_TAIL_BYTES];
};

_Static_assert(sizeof(struct slot) == 64, "slots are 64 bytes");
_Static_assert(sizeof(struct page) == PAGE_BYTES, "the page is 64 KiB and the tail");

#endif
