/* One block while it is being made: shared by translator.c and instrument.c. */
#ifndef FRED_BUILD_H
#define FRED_BUILD_H

#include "decoder.h"
#include "emit.h"
#include "image.h"
#include "properties.h"
#include "translator.h"

enum { MAX_STUBS = MAX_BLOCK_INSTRUCTIONS * (MAX_PIECES + 4) };
_Static_assert((int)MAX_STUBS >= 2 * (int)MAX_TRACE_INSTRUCTIONS, "a trace has two for each instruction at most");

struct item {
    uint64_t pc;
    enum image_kind kind;
    struct instruction instruction;
    enum flow flow;
    uint8_t bytes[MAX_INSTRUCTION];
};

/* A way out of the block, emitted behind its code. */
struct stub {
    uint8_t *from; /* the displacement that leads here */
    uint8_t *resume;
    const struct item *instead; /* what is done here, as it is not what the trace reckons with; NULL */
    uint64_t target, source;
    uint32_t adjust;
    uint32_t early; /* instructions that were counted and are given back here */
    uint8_t kind;
    bool linkable;
    uint8_t borrowed; /* 1: rcx must be given back first, 2: rcx and rdx */
};

struct build {
    struct emitter out;
    struct cache *cache;
    bool once;        /* not to be entered again: nothing leads here */
    bool instrumented;
    bool is_calm[MAX_TRACE_INSTRUCTIONS]; /* stores where no look is needed */
    unsigned needs, kept; /* CALM_ bits: what the block relies on, and what still holds at its end */
    uint64_t pc, end;
    enum image_kind kind;
    unsigned count;
    struct item items[MAX_TRACE_INSTRUCTIONS];
    enum exit_kind fault; /* why the block has no instructions, if so */
    struct stub stubs[MAX_STUBS];
    unsigned stub_count;
    uint16_t offsets[MAX_TRACE_INSTRUCTIONS + 1];
};

/* The one that is being made. */
extern struct build build;

/* The instruction at pc. False: there is none that can be translated, because of `fault`. */
bool build_fetch(uint64_t pc, struct item *item, enum exit_kind *fault);
/* Begins a block in room that cache_begin gave (then pc, and what it consists of, is collected); and emits it. */
void build_prepare(struct cache *cache, uint64_t pc, uint8_t *at, bool once);
struct block build_emit(uint8_t *at);

/* Adds a stub that the displacement at `from` leads to. */
struct stub *build_stub(struct build *build, uint8_t *from, enum exit_kind kind, uint64_t target);

/* through.c: true if a trace can go on behind the item at `next`, where it once led. */
bool flow_followed(const struct item *item, uint64_t next);

/* transfers.c: a stub's code; a branch to one; an instruction that only goes on; the last one of a block, which transfers control. */
void build_emit_stub(struct build *build, const struct stub *stub);
void build_exit(struct build *build, enum exit_kind kind, uint64_t target, uint32_t adjust);
void build_copy(struct build *build, const struct item *item);
/* One in the middle of a trace, which goes on at the next item; whatever else it does leads out. `item` is flow_followed. */
void build_through(struct build *build, const struct item *item);
void build_last(struct build *build, const struct item *item);
/* mov rcx, <the operand of an indirect branch> */
void build_load_operand(struct build *build, const struct item *item);
/* push of a return address. */
void build_push(struct build *build, uint64_t value);

/* source.c: for made code, a look whether it is still what the block was made from; `free_flags`: the flags may change. And a copy of that, behind the block; NULL: it is a file's. */
void source_check(struct build *build, bool free_flags);
const struct source *source_keep(struct build *build);

/* instrument.c: each emits the code for one purpose, if it is wanted. `done`: instructions of the block that have been executed. */
void instrument_entry(struct build *build);
/* Something was pushed by the instruction at `source`, or by what led here; `next` is its successor. */
void instrument_push(struct build *build, uint64_t source, uint64_t next, unsigned done);
/* Compares all pieces. */
void instrument_pieces(struct build *build, uint64_t source, uint64_t next, unsigned done);
/* accesses.c: around an instruction of the program that may read or write memory. `done`: including it. */
void instrument_before(struct build *build, const struct item *item, unsigned done);
void instrument_after(struct build *build, const struct item *item, unsigned done);
/* matching.c: whether the program is in the state that is looked for, before the instruction at `pc`. */
void instrument_match(struct build *build, uint64_t pc, unsigned done);
void instrument_line(struct build *build, const struct item *item, unsigned done);
void instrument_depth(struct build *build, int change);
void instrument_last_pc(struct build *build, uint64_t pc);

#endif
