#include "properties.h"

#include <string.h>

static bool is_legacy(const struct instruction *i, int map) { return i->encoding == ENCODING_LEGACY && i->map == map; }

/* ---- control flow ---- */

static enum flow one_byte_flow(const struct instruction *i)
{
    switch (i->opcode) {
    case 0x70 ... 0x7F: return FLOW_CONDITION;
    case 0xE0 ... 0xE3: return FLOW_COUNT;
    case 0xE8: return FLOW_CALL;
    case 0xE9: case 0xEB: return FLOW_JUMP;
    case 0xC2: case 0xC3: return FLOW_RETURN;
    case 0xCC: case 0xF1: case 0xF4: case 0xFA: case 0xFB: case 0xE4 ... 0xE7: case 0xEC ... 0xEF: case 0x6C ... 0x6F: return FLOW_TRAP;
    case 0xCA: case 0xCB: case 0xCD: case 0xCF: return FLOW_UNSUPPORTED;
    case 0xC6: case 0xC7: return i->modrm == 0xF8 ? FLOW_STEP : FLOW_NEXT; /* xabort, xbegin */
    case 0xFF:
        switch (instruction_group(i)) {
        case 2: return i->operand16 ? FLOW_STEP : FLOW_CALL_INDIRECT;
        case 4: return i->operand16 ? FLOW_STEP : FLOW_JUMP_INDIRECT;
        case 3: case 5: return FLOW_UNSUPPORTED;
        default: return FLOW_NEXT;
        }
    default: return FLOW_NEXT;
    }
}

static enum flow two_byte_flow(const struct instruction *i)
{
    switch (i->opcode) {
    case 0x80 ... 0x8F: return FLOW_CONDITION;
    case 0x05: return FLOW_SYSCALL;
    case 0x34: case 0x35: case 0x07: return FLOW_UNSUPPORTED;
    case 0x0B: case 0xB9: case 0xFF: case 0x06: case 0x08: case 0x09: case 0x20 ... 0x23: case 0x30: case 0x32: case 0x33: return FLOW_TRAP;
    case 0x31: case 0xA2: return FLOW_ENVIRONMENT;
    case 0x01: return i->modrm == 0xF9 ? FLOW_ENVIRONMENT : FLOW_NEXT; /* rdtscp */
    case 0xC7: /* rdrand, rdseed; with F3, rdpid */
        return i->modrm >> 6 == 3 && instruction_group(i) >= 6 ? FLOW_ENVIRONMENT : FLOW_NEXT;
    default: return FLOW_NEXT;
    }
}

enum flow instruction_flow(const struct instruction *i)
{
    enum flow flow = is_legacy(i, 0) ? one_byte_flow(i) : is_legacy(i, 1) ? two_byte_flow(i) : FLOW_NEXT;
    bool direct = flow == FLOW_CONDITION || flow == FLOW_JUMP || flow == FLOW_CALL;
    return direct && i->immediate_size == 2 ? FLOW_STEP : flow; /* 66 before a branch: processors do not agree on what it means */
}

uint64_t instruction_target(const struct instruction *i, const uint8_t *bytes, uint64_t pc)
{
    int32_t distance = 0;
    if (i->immediate_size == 1) {
        distance = (int8_t)bytes[i->immediate_at];
    } else {
        memcpy(&distance, bytes + i->immediate_at, sizeof distance);
    }
    return pc + i->length + (uint64_t)(int64_t)distance;
}

/* ---- flags ---- */

static enum flags_effect one_byte_flags(const struct instruction *i)
{
    int group = instruction_group(i);
    switch (i->opcode) {
    case 0x00 ... 0x3F: return (i->opcode >> 3) == 2 || (i->opcode >> 3) == 3 ? FLAGS_NEEDED : FLAGS_KILLED; /* adc, sbb read the carry */
    case 0x50 ... 0x63: case 0x68: case 0x6A: return FLAGS_UNTOUCHED;
    case 0x80: case 0x81: case 0x83: return group == 2 || group == 3 ? FLAGS_NEEDED : FLAGS_KILLED;
    case 0x84: case 0x85: case 0xA8: case 0xA9: return FLAGS_KILLED;
    case 0x86 ... 0x99: case 0xA0 ... 0xA5: case 0xAA ... 0xAD: case 0xB0 ... 0xBF: case 0xC6: case 0xC7: case 0xC9: return FLAGS_UNTOUCHED;
    case 0xA6: case 0xA7: case 0xAE: case 0xAF: return i->repeat != 0 ? FLAGS_NEEDED : FLAGS_KILLED; /* zero repetitions leave them */
    case 0xF6: case 0xF7: return group < 2 || group == 3 ? FLAGS_KILLED : group == 2 ? FLAGS_UNTOUCHED : FLAGS_NEEDED;
    case 0xFF: return group == 6 ? FLAGS_UNTOUCHED : FLAGS_NEEDED;
    case 0xD8 ... 0xDF: return FLAGS_NEEDED;
    default: return FLAGS_NEEDED;
    }
}

static enum flags_effect two_byte_flags(const struct instruction *i)
{
    switch (i->opcode) {
    case 0x2E: case 0x2F: return FLAGS_KILLED; /* ucomis, comis */
    case 0x10 ... 0x19: case 0x1F: case 0x28 ... 0x2D: case 0x50 ... 0x7F: case 0xB6: case 0xB7: case 0xBE: case 0xBF: case 0xC8 ... 0xFE:
        return FLAGS_UNTOUCHED;
    default: return FLAGS_NEEDED;
    }
}

enum flags_effect instruction_flags(const struct instruction *i)
{
    if (is_legacy(i, 0)) {
        return one_byte_flags(i);
    }
    if (is_legacy(i, 1)) {
        return two_byte_flags(i);
    }
    if (i->map == 2 || i->map == 3) {
        bool vector = i->map == 2 ? i->opcode < 0xF0 : i->opcode != 0xF0; /* from F0 on: BMI, adcx, crc32 */
        bool tests = i->map == 2 && (i->opcode == 0x17 || i->opcode == 0x0E || i->opcode == 0x0F);
        bool compares_strings = i->map == 3 && i->opcode >= 0x60 && i->opcode <= 0x63;
        return vector && !tests && !compares_strings ? FLAGS_UNTOUCHED : FLAGS_NEEDED;
    }
    bool mask_test = i->opcode == 0x98 || i->opcode == 0x99 || i->opcode == 0x2E || i->opcode == 0x2F;
    return i->map == 1 && i->encoding != ENCODING_XOP && !mask_test ? FLAGS_UNTOUCHED : FLAGS_NEEDED;
}

/* ---- stores ---- */

static bool one_byte_loads_only(const struct instruction *i)
{
    int group = instruction_group(i);
    switch (i->opcode) {
    case 0x00 ... 0x3F: return (i->opcode & 7) >= 2 || i->opcode >= 0x38; /* op r, m; and cmp in both directions */
    case 0x63: case 0x69: case 0x6B: case 0x84: case 0x85: case 0x8A: case 0x8B: case 0x8D: case 0x8E: return true;
    case 0x80: case 0x81: case 0x83: return group == 7;
    case 0xF6: case 0xF7: return group != 2 && group != 3;
    case 0xFF: return group == 4;
    default: return false;
    }
}

static bool two_byte_loads_only(uint8_t opcode)
{
    switch (opcode) {
    case 0x10: case 0x12: case 0x14: case 0x15: case 0x16: case 0x18 ... 0x1F: case 0x28: case 0x2A: case 0x2C ... 0x2F:
    case 0x40 ... 0x76: case 0xA3: case 0xAF: case 0xB6: case 0xB7: case 0xB8: case 0xBC ... 0xBF: case 0xC2: case 0xC6:
        return true;
    default:
        return opcode >= 0xD0 && opcode != 0xD6 && opcode != 0xE7;
    }
}

/* Without a memory operand in modrm only these write: pushes, calls, enter and the string stores. */
static bool implicit_store(const struct instruction *i)
{
    if (is_legacy(i, 1)) {
        return i->opcode == 0xA0 || i->opcode == 0xA8 || i->opcode == 0xF7; /* push fs, push gs, maskmovq */
    }
    if (!is_legacy(i, 0)) {
        return i->map == 1 && i->opcode == 0xF7;
    }
    switch (i->opcode) {
    case 0x50 ... 0x57: case 0x68: case 0x6A: case 0x9C: case 0xC8: case 0xE8: case 0xA2 ... 0xA5: case 0xAA: case 0xAB: case 0x6C: case 0x6D: return true;
    case 0xFF: return instruction_group(i) == 2 || instruction_group(i) == 6;
    default: return false;
    }
}

bool instruction_may_store(const struct instruction *i)
{
    if (implicit_store(i)) {
        return true;
    }
    if (!instruction_has_memory(i)) {
        return false;
    }
    if (is_legacy(i, 0)) {
        return !one_byte_loads_only(i);
    }
    return !(i->map == 1 && i->encoding != ENCODING_XOP && two_byte_loads_only(i->opcode));
}

bool instruction_repeats(const struct instruction *i)
{
    bool string = (i->opcode >= 0xA4 && i->opcode <= 0xA7) || (i->opcode >= 0xAA && i->opcode <= 0xAF) || (i->opcode >= 0x6C && i->opcode <= 0x6F);
    return is_legacy(i, 0) && string && i->repeat != 0;
}
