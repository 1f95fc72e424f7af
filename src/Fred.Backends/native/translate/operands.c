#include "operands.h"

#include <string.h>

#include "properties.h"

enum { WORD = 8, VECTOR = 16, ESCAPED = 1, REX_W = 8, RCX = 1, RBX = 3, RSP = 4, RBP = 5, RSI = 6, RDI = 7 };

static bool is_legacy(const struct instruction *i, int map) { return i->encoding == ENCODING_LEGACY && i->map == map; }

/* ---- encodings ---- */

unsigned instruction_extensions(const struct instruction *i, const uint8_t *bytes)
{
    switch (i->encoding) {
    case ENCODING_LEGACY: return i->rex & 3;
    case ENCODING_EVEX: return ~bytes[i->opcode_at - 3] >> 5 & 3;
    default: return bytes[i->opcode_at - 2] == 0xC5 ? 0 : ~bytes[i->opcode_at - 2] >> 5 & 3;
    }
}

static unsigned vector_length(const struct instruction *i, const uint8_t *bytes)
{
    uint8_t last = bytes[i->opcode_at - 1];
    return i->encoding == ENCODING_EVEX ? 16u << (last >> 5 & 3) : last & 4 ? 32 : 16;
}

/* Operations on one number, if there is a repeat prefix (or what VEX has for it). */
static bool is_scalar(const struct instruction *i)
{
    bool named = i->opcode == 0x10 || i->opcode == 0x11 || i->opcode == 0x51 || (i->opcode >= 0x58 && i->opcode <= 0x5F) || i->opcode == 0xC2;
    return i->map == ESCAPED && i->repeat != 0 && named;
}

/* AVX-512 operations on whole vectors, whose displacement counts in vectors. */
static bool is_whole_vector(const struct instruction *i)
{
    switch (i->map) {
    case 1:
        switch (i->opcode) {
        case 0x10: case 0x11: case 0x28: case 0x29: case 0x2B: case 0x54 ... 0x57: case 0x64 ... 0x66: case 0x6F: case 0x74 ... 0x76: case 0x7F: case 0xD4: case 0xDA: case 0xDB:
        case 0xDE: case 0xDF: case 0xE7: case 0xEA: case 0xEB: case 0xEE: case 0xEF: case 0xF8 ... 0xFE:
            return true;
        default: return false;
        }
    case 2: return i->opcode == 0x26 || i->opcode == 0x27 || i->opcode == 0x29 || (i->opcode >= 0x37 && i->opcode <= 0x3F);
    case 3: return i->opcode == 0x1E || i->opcode == 0x1F || i->opcode == 0x25 || i->opcode == 0x3E || i->opcode == 0x3F;
    default: return false;
    }
}

unsigned instruction_scale(const struct instruction *i, const uint8_t *bytes)
{
    if (i->encoding != ENCODING_EVEX) {
        return 1;
    }
    if (is_scalar(i)) {
        return i->repeat == 0xF3 ? 4 : 8;
    }
    bool broadcast = bytes[i->opcode_at - 1] & 0x10;
    return is_whole_vector(i) && !broadcast ? vector_length(i, bytes) : 0;
}

/* The index is a vector: gathers, scatters and their prefetches. */
static bool has_vector_index(const struct instruction *i)
{
    bool gathers = (i->opcode >= 0x90 && i->opcode <= 0x93) || (i->opcode >= 0xA0 && i->opcode <= 0xA3) || i->opcode == 0xC6 || i->opcode == 0xC7;
    return i->encoding != ENCODING_LEGACY && i->map == 2 && (gathers || i->opcode == 0x49 || i->opcode == 0x4B);
}

/* Whether the address in modrm can be computed by lea. */
static bool is_plain(const struct instruction *i, const uint8_t *bytes)
{
    return i->segment == 0 && !i->address32 && i->encoding != ENCODING_XOP && !has_vector_index(i) && (i->modrm >> 6 != 1 || instruction_scale(i, bytes) != 0);
}

/* ---- stores ---- */

static enum place one_byte_store(const struct instruction *i, unsigned *size)
{
    int group = instruction_group(i);
    switch (i->opcode) {
    case 0x50 ... 0x57: case 0x68: case 0x6A: case 0x9C: case 0xE8: return PLACE_PUSH;
    case 0xFF: return group == 2 || group == 6 ? PLACE_PUSH : PLACE_OPERAND;
    case 0x8F: case 0xC8: case 0xA2: case 0xA3: case 0x6C: case 0x6D: return PLACE_ANYWHERE;
    case 0xA4: case 0xA5: case 0xAA: case 0xAB: return i->repeat != 0 || i->address32 ? PLACE_ANYWHERE : PLACE_DESTINATION;
    case 0xD9: case 0xDD:
        *size = VECTOR;
        return group == 6 ? PLACE_ANYWHERE : PLACE_OPERAND; /* the state of the floating point unit */
    case 0xD8: case 0xDA ... 0xDC: case 0xDE: case 0xDF: *size = VECTOR; return PLACE_OPERAND;
    default: return PLACE_OPERAND;
    }
}

static enum place two_byte_store(const struct instruction *i, unsigned *size)
{
    *size = VECTOR;
    switch (i->opcode) {
    case 0xA0: case 0xA8: return PLACE_PUSH;
    case 0xF7: case 0xAE: case 0xAB: case 0xB3: case 0xBB: return PLACE_ANYWHERE; /* masked; whole states; bits beyond the operand */
    case 0xC7: return instruction_group(i) == 1 ? PLACE_OPERAND : PLACE_ANYWHERE;
    default: return PLACE_OPERAND;
    }
}

enum place instruction_stores_at(const struct instruction *i, const uint8_t *bytes, unsigned *size)
{
    enum place place = PLACE_OPERAND;
    *size = WORD;
    if (!instruction_may_store(i)) {
        return PLACE_NONE;
    }
    if (is_legacy(i, 0)) {
        place = one_byte_store(i, size);
    } else if (is_legacy(i, 1)) {
        place = two_byte_store(i, size);
    } else {
        *size = i->encoding == ENCODING_LEGACY ? VECTOR : vector_length(i, bytes);
        bool beyond = i->opcode == 0xF7 || (i->map == 2 && i->opcode == 0xF8);
        place = beyond || !instruction_has_memory(i) ? PLACE_ANYWHERE : PLACE_OPERAND;
    }
    return place == PLACE_OPERAND && !is_plain(i, bytes) ? PLACE_ANYWHERE : place;
}

/* ---- loads ---- */

static unsigned integer_size(const struct instruction *i) { return i->operand16 ? 2 : i->rex & REX_W ? 8 : 4; }

static enum place one_byte_load(const struct instruction *i, unsigned *size)
{
    *size = integer_size(i);
    switch (i->opcode) {
    case 0xA4 ... 0xA7: case 0xAC ... 0xAF:
        *size = i->opcode & 1 ? integer_size(i) : 1;
        return i->opcode >= 0xAE ? PLACE_DESTINATION : i->opcode == 0xA6 || i->opcode == 0xA7 ? PLACE_ANYWHERE : PLACE_SOURCE;
    case 0xA0: case 0xA1: case 0xD7: return PLACE_ANYWHERE;
    case 0x88: case 0x89: case 0x8C: case 0x8D: case 0x8F: case 0xC6: case 0xC7: return PLACE_NONE;
    case 0x80: case 0x84: case 0x86: case 0x8A: case 0xF6: case 0xFE: case 0xC0: case 0xD0: case 0xD2: *size = 1; return PLACE_OPERAND;
    case 0xD8 ... 0xDF: *size = VECTOR; return PLACE_OPERAND;
    case 0xFF: *size = instruction_group(i) >= 2 ? WORD : *size; return PLACE_OPERAND;
    case 0x00 ... 0x3F: *size = i->opcode & 1 ? *size : 1; return PLACE_OPERAND;
    default: return PLACE_OPERAND;
    }
}

static enum place two_byte_load(const struct instruction *i, unsigned *size)
{
    *size = is_scalar(i) ? (i->repeat == 0xF3 ? 4 : 8) : VECTOR;
    switch (i->opcode) {
    case 0x0D: case 0x18 ... 0x1F: case 0x11: case 0x13: case 0x17: case 0x29: case 0x2B: case 0x7F: case 0x90 ... 0x9F: case 0xC3: case 0xD6: case 0xE7: return PLACE_NONE;
    case 0xA3: case 0xAB: case 0xB3: case 0xBB: return PLACE_ANYWHERE;
    case 0xAE: return instruction_group(i) == 2 ? PLACE_OPERAND : instruction_group(i) & 1 ? PLACE_ANYWHERE : PLACE_NONE;
    case 0xB6: case 0xBE: *size = 1; return PLACE_OPERAND;
    case 0xB7: case 0xBF: *size = 2; return PLACE_OPERAND;
    case 0x12: case 0x16: case 0x2A: case 0x2E: case 0x2F: case 0x6E: case 0x7E: *size = WORD; return PLACE_OPERAND;
    case 0x40 ... 0x4F: case 0xA4: case 0xA5: case 0xAC: case 0xAD: case 0xAF ... 0xB1: case 0xB8: case 0xBA: case 0xBC: case 0xBD: case 0xC0: case 0xC1:
        *size = integer_size(i);
        return PLACE_OPERAND;
    default: return PLACE_OPERAND;
    }
}

enum place instruction_loads_from(const struct instruction *i, const uint8_t *bytes, unsigned *size)
{
    bool is_string = is_legacy(i, 0) && ((i->opcode >= 0xA0 && i->opcode <= 0xA7) || (i->opcode >= 0xAC && i->opcode <= 0xAF) || i->opcode == 0xD7) && i->opcode != 0xA2 && i->opcode != 0xA3;
    enum place place;
    *size = 0;
    if (!is_string && !instruction_has_memory(i)) {
        return PLACE_NONE;
    }
    if (is_legacy(i, 0)) {
        place = one_byte_load(i, size);
        place = is_string && (i->repeat != 0 || i->address32) ? PLACE_ANYWHERE : place;
    } else if (is_legacy(i, 1)) {
        place = two_byte_load(i, size);
    } else {
        bool stores = i->encoding != ENCODING_LEGACY && i->map == ESCAPED
            && (i->opcode == 0x11 || i->opcode == 0x13 || i->opcode == 0x17 || i->opcode == 0x29 || i->opcode == 0x2B || i->opcode == 0x7F || i->opcode == 0xD6 || i->opcode == 0xE7);
        *size = i->encoding == ENCODING_LEGACY ? VECTOR : is_scalar(i) ? (i->repeat == 0xF3 ? 4 : 8) : vector_length(i, bytes);
        place = stores ? PLACE_NONE : PLACE_OPERAND;
    }
    return place == PLACE_OPERAND && !is_plain(i, bytes) ? PLACE_ANYWHERE : place;
}

/* ---- addresses ---- */

static uint64_t operand_address(const struct instruction *i, const uint8_t *bytes, uint64_t pc, const uint64_t r[16])
{
    unsigned mode = i->modrm >> 6, extensions = instruction_extensions(i, bytes), base = i->modrm & 7;
    const uint8_t *at = bytes + i->modrm_at + 1;
    uint64_t address = 0;
    int32_t displacement = 0;
    bool has_base = true;
    if (base == RSP) {
        uint8_t sib = *at++;
        unsigned index = (sib >> 3 & 7) | (extensions & 2) << 2;
        base = sib & 7;
        address += index != RSP ? r[index] << (sib >> 6) : 0;
        has_base = !(mode == 0 && base == RBP);
    } else {
        has_base = !(mode == 0 && base == RBP);
    }
    address += has_base ? r[base | (extensions & 1) << 3] : i->rip_at != 0 ? pc + i->length : 0;
    if (mode == 1) {
        displacement = (int8_t)*at * (int32_t)instruction_scale(i, bytes);
    } else if (mode == 2 || !has_base) {
        memcpy(&displacement, at, sizeof displacement);
    }
    return address + (uint64_t)(int64_t)displacement;
}

/* Reads whose place depends on more than modrm. */
static bool string_reads(const struct instruction *i, const uint8_t *bytes, const uint64_t r[16], unsigned size, void (*visit)(uint64_t, uint64_t))
{
    uint64_t address = 0;
    bool compares = (i->opcode | 1) == 0xA7 || (i->opcode | 1) == 0xAF;
    if (i->address32 || (compares && i->repeat != 0)) {
        return false; /* how far it goes depends on what it finds */
    }
    switch (i->opcode) {
    case 0xA0: case 0xA1:
        memcpy(&address, bytes + i->immediate_at, sizeof address);
        visit(address, size);
        return i->segment == 0;
    case 0xD7: visit(r[RBX] + (uint8_t)r[0], 1); return true;
    default: break;
    }
    uint64_t count = i->repeat != 0 ? r[RCX] : 1;
    if ((i->opcode | 1) != 0xAF) {
        visit(r[RSI], size * count);
    }
    if (compares) {
        visit(r[RDI], size * count);
    }
    return true;
}

bool instruction_reads(const struct instruction *i, const uint8_t *bytes, uint64_t pc, const uint64_t r[16], uint64_t fs_base, void (*visit)(uint64_t, uint64_t))
{
    unsigned size;
    enum place place = instruction_loads_from(i, bytes, &size);
    if (place == PLACE_NONE) {
        return true;
    }
    if (!instruction_has_memory(i)) {
        return string_reads(i, bytes, r, size, visit);
    }
    bool in_thread = i->segment == 0x64;
    bool beyond = is_legacy(i, 1) && (i->opcode == 0xA3 || i->opcode == 0xAB || i->opcode == 0xB3 || i->opcode == 0xBB || i->opcode == 0xAE) && place == PLACE_ANYWHERE && !in_thread;
    if (beyond || i->segment == 0x65 || i->address32 || i->encoding == ENCODING_XOP || has_vector_index(i) || (i->modrm >> 6 == 1 && instruction_scale(i, bytes) == 0)) {
        return false;
    }
    visit(operand_address(i, bytes, pc, r) + (in_thread ? fs_base : 0), size);
    return true;
}
