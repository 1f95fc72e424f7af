/* Length and layout of x86-64 instructions: enough to copy them elsewhere, not to understand them. No table of mnemonics; what an instruction does to
 * control flow, flags and memory is in properties.h. */
#ifndef FRED_DECODER_H
#define FRED_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_INSTRUCTION = 15 };

enum encoding { ENCODING_LEGACY, ENCODING_VEX, ENCODING_EVEX, ENCODING_XOP };

/* Offsets are from the first byte of the instruction, prefixes included. */
struct instruction {
    uint8_t length;
    uint8_t encoding;       /* enum encoding */
    uint8_t map;            /* opcode map: 0 one-byte, 1 0F, 2 0F 38, 3 0F 3A; the encoded number for VEX, EVEX and XOP */
    uint8_t opcode;
    uint8_t opcode_at;
    uint8_t rex;            /* the REX byte, 0 without one (and for VEX and its like) */
    uint8_t modrm;
    bool has_modrm;
    uint8_t modrm_at;
    uint8_t rip_at;         /* where the 32-bit displacement from the next instruction is; 0: not rip-relative */
    uint8_t immediate_at, immediate_size;
    uint8_t repeat;         /* F2, F3 (or what VEX's pp field stands for), or 0 */
    uint8_t segment;        /* 64, 65 or 0 */
    bool operand16, address32, lock;
};

/* True if the operand in modrm is in memory. */
static inline bool instruction_has_memory(const struct instruction *i) { return i->has_modrm && i->modrm >> 6 != 3; }
/* The reg field of modrm, which selects the operation in the opcode groups. */
static inline int instruction_group(const struct instruction *i) { return i->modrm >> 3 & 7; }

/* Decodes the instruction at `bytes`, of which `available` may be read. False: no instruction, or it does not end within them. */
bool decode(const uint8_t *bytes, size_t available, struct instruction *instruction);

#endif
