/* Blocks of the program into blocks of translated code. Instructions are copied; only those that transfer control, address relative to rip, or get something from
 * outside the program are replaced. A block counts its instructions once, at its beginning. */
#ifndef FRED_TRANSLATOR_H
#define FRED_TRANSLATOR_H

#include <stdbool.h>
#include <stdint.h>
#include "codecache.h"

enum exit_kind {
    EXIT_DIRECT,      /* goes on at `target`; the branch at `link` may be pointed there for good */
    EXIT_INDIRECT,    /* the target is in context.miss_target */
    EXIT_CALL,        /* the same, of a patched system call that a native head has come to */
    EXIT_STALE,       /* stands at the beginning of a block that was made from other code than is there now */
    EXIT_TICK,        /* the goal lies inside the block: `adjust` instructions were counted and not executed */
    EXIT_BREAK,       /* stands at an armed address, before the block was counted */
    EXIT_MATCH,       /* the same, and the registers and discriminators are those that are looked for */
    EXIT_WATCH,       /* the instruction before `target` changed a watched piece, or may have */
    EXIT_READ,        /* the instruction before `target` may have read watched memory */
    EXIT_LOAD,        /* stands before an instruction whose reads are to be noted */
    EXIT_ALARM,       /* stands at the beginning of a block, uncounted: something is watched near the stack, on which the block does not reckon */
    EXIT_SYSCALL,     /* a system call instruction, whose successor is `target`, has been counted */
    EXIT_ENVIRONMENT, /* rdtsc or its like at `target` has been counted, not executed */
    EXIT_STEP,        /* the instruction at `target`, which cannot be translated, has been counted, not executed; `adjust` behind it, too */
    EXIT_UNSUPPORTED, /* stands at an instruction that cannot be translated, not counted */
    EXIT_NO_CODE,     /* stands where nothing can be executed */
    NO_EXIT           /* a stub's only: eight bytes for a displacement to lead to */
};

/* What an exit tells the dispatcher. Lies in the code cache. */
struct exit_record {
    uint64_t target;
    uint8_t *link;    /* EXIT_DIRECT, EXIT_STALE: the displacement to patch (`far`: the address), or NULL */
    uint8_t *resume;  /* EXIT_BREAK to EXIT_LOAD: where to go on */
    uint64_t source;  /* EXIT_WATCH, EXIT_READ: the instruction that did it; 0: the one at context.last_pc */
    uint16_t kind;
    uint16_t far;
    uint32_t kept;    /* EXIT_DIRECT: CALM_ bits that hold there */
    uint32_t adjust;  /* instructions of the block that are counted and not executed */
};

/* The records of enter_miss and enter_call. */
extern const struct exit_record miss_record, call_record;

/* What this process's private translations look for. A change empties the private cache (instrument_changed). */
struct instrumentation {
    bool breaks;      /* stop at armed addresses */
    bool quiet;       /* ... no, only note the last one in the context */
    bool watches;     /* compare the pieces after every store ... */
    bool filter;      /* ... only if it was near a watched one (accesses.h) */
    bool asks;        /* some watch asks for reads */
    bool calm;        /* ... and not at all where it is relative to the stack (calm.h) */
    bool loads;       /* leave before everything that reads memory */
    bool lines;       /* append line events */
    bool line_stops;  /* stop where lines begin, in frames not deeper than context.line_sp */
    bool line_depths; /* ... only of frames not deeper than context.line_sp */
    bool exact_flags; /* keep the arithmetic flags right even where nobody reads them any more */
    uint64_t match;   /* address of the state match, 0: none */
    int pieces;
};
extern struct instrumentation instrumentation;

/* Arms an address, or all are forgotten. False: the table is full. */
bool armed_add(uint64_t pc);
void armed_clear(void);
bool armed_at(uint64_t pc);
/* True if private translations stop at pc: it is armed, or a line begins there (which stops only if the frame is not too deep). */
bool stops_at(uint64_t pc);
/* The same, or the state that is looked for is one there. */
bool is_looked_for(uint64_t pc);

/* Sizes of the watched pieces that translated code compares itself (1, 2, 4 or 8). */
extern uint8_t piece_sizes[];

/* The block at pc in the cache, translated now if it is not there; one without instructions (and code) if there is nothing to translate. NULL: the cache is full, or pc cannot be reached from any (then `*why` says so, for the user). */
const struct block *translate(struct cache *cache, uint64_t pc, const char **why);

/* True if no instruction reads the arithmetic flags at pc any more: they may have any value there. */
bool flags_are_dead(uint64_t pc);

/* A block on the way of the program; `varies`: it does not always lead to the next one. */
struct passed {
    uint64_t pc;
    bool varies;
};

/* Makes one block of `blocks` that are executed one after the other (traces.h), and puts it in the place of the first. `path` has one entry more: where it goes on. False: that is no gain, or impossible. */
bool translate_trace(struct cache *cache, const struct passed *path, unsigned blocks);

/* A block of at most `count` instructions that is executed once. NULL as above. */
const struct block *translate_once(struct cache *cache, uint64_t pc, unsigned count);

#endif
