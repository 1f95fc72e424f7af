/* What translated code and libfred share: the program's registers while it does not run, and the few words translated code itself works on. It lies at a fixed
 * address below 2 GiB, so that one 32-bit displacement reaches every field from anywhere without a register. Private to each process; a fork has a copy. */
#ifndef FRED_CONTEXT_H
#define FRED_CONTEXT_H

#define CONTEXT_ADDRESS 0x70000000
#define CONTEXT_BYTES 0x100000 /* with the vectors and the dispatcher's stack */

/* Offsets used by enter.S; context.c checks them. */
#define CONTEXT_RFLAGS 128
#define CONTEXT_PC 136
#define CONTEXT_STACK 144
#define CONTEXT_JUMP 152
#define CONTEXT_VECTOR_MASK 160
#define CONTEXT_MISS_TARGET 168
#define CONTEXT_MISS_INDEX 176
#define CONTEXT_RCX 192
#define CONTEXT_RDX 200
#define CONTEXT_VECTORS 248
#define VECTORS_LIVE 0    /* the registers have them, their image is old */
#define VECTORS_SAVED 1   /* both */
#define VECTORS_CHANGED 2 /* the image has them */
#define CONTEXT_XSAVE 0x1000 /* page-aligned image of XSAVE: context_vectors */
#define CONTEXT_TAGS 0x10000 /* image.c */

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

enum { MAX_PIECES = 2, MAX_DISCRIMINATORS = 8, XSAVE_BYTES = 0x4000, DISPATCHER_STACK_BYTES = 0x80000 };

/* The hardware's numbering. */
enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 };

struct context {
    uint64_t r[16], rflags, pc;
    uint64_t stack;       /* top of the dispatcher's stack */
    uint64_t jump;        /* where to go, when every register is the program's */
    uint64_t vector_mask; /* components XSAVE keeps */
    uint64_t miss_target; /* of an indirect branch that was not in the table */
    uint64_t miss_index;
    int64_t left;         /* instructions until the goal; a block that would make it negative leaves */
    uint64_t rcx, rdx, rax; /* the program's, while translated code borrows them */
    uint64_t flags;       /* the same for lahf and seto */
    uint64_t exit, miss, not_me; /* addresses of ways out, for jumps through memory */
    uint64_t vectors;     /* where the program's are: VECTORS_... */
    uint64_t call;        /* the same as exit for patched system calls */
    uint64_t lent;        /* a register, while an address is in it (far.h) */
    uint64_t last_pc;     /* watch: the last indirect call or system call */
    /* watched bytes, in pieces of 1, 2, 4 or 8: where, and minus the value there so far */
    uint64_t piece_address[MAX_PIECES], piece_negated[MAX_PIECES];
    uint64_t calm; /* a register, while it is looked whether something near it is watched */
    uint64_t store_at, load_at; /* of the last store and load near which watched memory may be, times 16; all ones: anywhere */
    /* state match: registers, and words of memory that told a false candidate from the right one */
    uint64_t match_r[16], match_address[MAX_DISCRIMINATORS], match_value[MAX_DISCRIMINATORS];
    /* hits of armed addresses since the last look: how many, and of the last one what was left then, and where */
    uint64_t hits, hit_left, hit_pc;
    /* line events */
    uint64_t line_index, line_depth, line_sp;
};

#define CONTEXT ((struct context *)CONTEXT_ADDRESS)
/* Displacement of a field. */
#define FIELD(name) ((int32_t)(CONTEXT_ADDRESS + offsetof(struct context, name)))

/* The program's vectors stay in their registers, as nothing of libfred uses those (program/strings.c): saving and loading them takes longer than a small system call. This is their
 * image for whoever looks at it, complete, all XSAVE_BYTES of it. */
static inline unsigned char *context_vectors(void)
{
    unsigned char *image = (unsigned char *)CONTEXT_ADDRESS + CONTEXT_XSAVE;
    if (CONTEXT->vectors == VECTORS_LIVE) {
        __asm__ volatile("xsave64 %0" : "+m"(*(unsigned char(*)[XSAVE_BYTES])image) : "a"((uint32_t)CONTEXT->vector_mask), "d"(0));
        CONTEXT->vectors = VECTORS_SAVED;
    }
    return image;
}

/* The same for whoever changes it: the program goes on with what is in it then. */
static inline unsigned char *context_change_vectors(void)
{
    unsigned char *image = context_vectors();
    CONTEXT->vectors = VECTORS_CHANGED;
    return image;
}

/* Maps the context at its place and fills in what enter.S needs. 0 or -errno. */
int context_map(void);

#endif
#endif
