#include "decoder.h"

#include <string.h>

/* What follows an opcode byte, one letter each:
 *   .  nothing                 M  modrm             !  no instruction in 64-bit code (or a prefix)
 *   b  8-bit immediate         m  modrm and b       w  16-bit immediate     e  enter: 16 and 8 bits
 *   z  16- or 32-bit           Z  modrm and z       v  as z, but 64 bits with REX.W
 *   o  an address (moffs)      t  modrm, and b for group members 0 and 1     T  the same with z */
static const char one_byte[257] =
    "MMMMbz!!MMMMbz!!" /* 00 */
    "MMMMbz!!MMMMbz!!" /* 10 */
    "MMMMbz!!MMMMbz!!" /* 20 */
    "MMMMbz!!MMMMbz!!" /* 30 */
    "!!!!!!!!!!!!!!!!" /* 40 */
    "................" /* 50 */
    "!!!M!!!!zZbm...." /* 60 */
    "bbbbbbbbbbbbbbbb" /* 70 */
    "mZ!mMMMMMMMMMMMM" /* 80 */
    "..........!....." /* 90 */
    "oooo....bz......" /* a0 */
    "bbbbbbbbvvvvvvvv" /* b0 */
    "mmw.!!mZe.w..b!." /* c0 */
    "MMMM!!!.MMMMMMMM" /* d0 */
    "bbbbbbbbzz!b...." /* e0 */
    "!.!!..tT......MM" /* f0 */;

static const char two_byte[257] =
    "MMMM!.....!.!M.m" /* 00 */
    "MMMMMMMMMMMMMMMM" /* 10 */
    "MMMM!!!!MMMMMMMM" /* 20 */
    "......!.!!!!!!!!" /* 30 */
    "MMMMMMMMMMMMMMMM" /* 40 */
    "MMMMMMMMMMMMMMMM" /* 50 */
    "MMMMMMMMMMMMMMMM" /* 60 */
    "mmmmMMM.MMMMMMMM" /* 70 */
    "zzzzzzzzzzzzzzzz" /* 80 */
    "MMMMMMMMMMMMMMMM" /* 90 */
    "...MmM!!...MmMMM" /* a0 */
    "MMMMMMMMMMmMMMMM" /* b0 */
    "MMmMmmmM........" /* c0 */
    "MMMMMMMMMMMMMMMM" /* d0 */
    "MMMMMMMMMMMMMMMM" /* e0 */
    "MMMMMMMMMMMMMMMM" /* f0 */;

enum { REX_W = 8, XOP_MAP_FIRST = 8, ESCAPE = 0x0F };

struct reader {
    const uint8_t *bytes;
    size_t available;
    size_t at;
    bool failed;
};

static uint8_t next(struct reader *reader)
{
    if (reader->at >= reader->available) {
        reader->failed = true;
        return 0;
    }
    return reader->bytes[reader->at++];
}

static uint8_t peek_ahead(const struct reader *reader, size_t ahead)
{
    return reader->at + ahead < reader->available ? reader->bytes[reader->at + ahead] : 0;
}

static bool take_legacy_prefix(struct instruction *i, uint8_t byte)
{
    switch (byte) {
    case 0x66: i->operand16 = true; return true;
    case 0x67: i->address32 = true; return true;
    case 0xF0: i->lock = true; return true;
    case 0xF2: case 0xF3: i->repeat = byte; return true;
    case 0x64: case 0x65: i->segment = byte; return true;
    case 0x26: case 0x2E: case 0x36: case 0x3E: return true; /* ignored in 64-bit code, or a hint */
    default: return false;
    }
}

/* A REX byte counts only directly before the opcode. */
static void take_prefixes(struct reader *reader, struct instruction *i)
{
    for (;;) {
        uint8_t byte = peek_ahead(reader, 0);
        if (take_legacy_prefix(i, byte)) {
            i->rex = 0;
        } else if (byte >> 4 == 4) {
            i->rex = byte;
        } else {
            return;
        }
        next(reader);
        if (reader->at > MAX_INSTRUCTION || reader->failed) {
            reader->failed = true;
            return;
        }
    }
}

/* What follows an opcode of the VEX family. */
static char vex_format(const struct instruction *i)
{
    uint8_t opcode = i->opcode;
    if (i->encoding == ENCODING_XOP) {
        return i->map == 8 ? 'm' : i->map == 9 ? 'M' : i->map == 10 ? 'X' : '!';
    }
    switch (i->map) {
    case 1: {
        bool immediate = (opcode >= 0x70 && opcode <= 0x73) || opcode == 0xC2 || (opcode >= 0xC4 && opcode <= 0xC6);
        return opcode == 0x77 && i->encoding == ENCODING_VEX ? '.' : immediate ? 'm' : 'M';
    }
    case 2: case 5: case 6: return 'M';
    case 3: return 'm';
    default: return '!';
    }
}

static char take_vex(struct reader *reader, struct instruction *i, uint8_t first)
{
    static const uint8_t prefixes[4] = {0, 0, 0xF3, 0xF2};
    uint8_t payload = next(reader), last = payload;
    i->map = 1;
    if (first != 0xC5) {
        i->map = first == 0x62 ? payload & 7 : payload & 0x1F;
        last = next(reader);
    }
    if (first == 0x62) {
        next(reader);
    }
    i->encoding = first == 0x62 ? ENCODING_EVEX : first == 0x8F ? ENCODING_XOP : ENCODING_VEX;
    i->operand16 = (last & 3) == 1;
    i->repeat = prefixes[last & 3];
    i->rex = 0;
    i->opcode_at = (uint8_t)reader->at;
    i->opcode = next(reader);
    return vex_format(i);
}

static char take_opcode(struct reader *reader, struct instruction *i)
{
    i->opcode_at = (uint8_t)reader->at;
    uint8_t byte = next(reader);
    bool xop = byte == 0x8F && (peek_ahead(reader, 0) & 0x1F) >= XOP_MAP_FIRST;
    if (byte == 0xC4 || byte == 0xC5 || byte == 0x62 || xop) {
        return take_vex(reader, i, byte);
    }
    if (byte != ESCAPE) {
        i->opcode = byte;
        return one_byte[byte];
    }
    byte = next(reader);
    i->map = byte == 0x38 ? 2 : byte == 0x3A ? 3 : 1;
    i->opcode_at = (uint8_t)(reader->at - 1);
    if (i->map != 1) {
        i->opcode_at = (uint8_t)reader->at;
        byte = next(reader);
    }
    i->opcode = byte;
    return i->map == 1 ? two_byte[byte] : i->map == 2 ? 'M' : 'm';
}

static void take_modrm(struct reader *reader, struct instruction *i)
{
    i->has_modrm = true;
    i->modrm_at = (uint8_t)reader->at;
    i->modrm = next(reader);
    int mode = i->modrm >> 6, base = i->modrm & 7;
    int displacement = mode == 1 ? 1 : mode == 2 ? 4 : 0;
    if (mode == 3 || (i->map == 1 && i->encoding == ENCODING_LEGACY && (i->opcode & 0xFC) == 0x20)) { /* control and debug registers: never memory */
        return;
    }
    if (base == 4) {
        uint8_t sib = next(reader);
        displacement = mode == 0 && (sib & 7) == 5 ? 4 : displacement;
    } else if (mode == 0 && base == 5) {
        i->rip_at = (uint8_t)reader->at;
        displacement = 4;
    }
    reader->at += (size_t)displacement;
}

static uint8_t immediate_size(const struct instruction *i, char format)
{
    uint8_t z = i->operand16 && !(i->rex & REX_W) ? 2 : 4;
    switch (format) {
    case 'b': case 'm': return 1;
    case 'w': return 2;
    case 'e': return 3;
    case 'z': case 'Z': return z;
    case 'X': return 4;
    case 'v': return i->rex & REX_W ? 8 : z;
    case 'o': return i->address32 ? 4 : 8;
    case 't': return instruction_group(i) < 2 ? 1 : 0;
    case 'T': return instruction_group(i) < 2 ? z : 0;
    default: return 0;
    }
}

bool decode(const uint8_t *bytes, size_t available, struct instruction *i)
{
    struct reader reader = {bytes, available < MAX_INSTRUCTION ? available : MAX_INSTRUCTION, 0, false};
    memset(i, 0, sizeof *i);
    take_prefixes(&reader, i);
    char format = take_opcode(&reader, i);
    if (format == '!' || reader.failed) {
        return false;
    }
    if (strchr("MmZtTX", format) != NULL) {
        take_modrm(&reader, i);
    }
    i->immediate_at = (uint8_t)reader.at;
    i->immediate_size = immediate_size(i, format);
    reader.at += i->immediate_size;
    i->length = (uint8_t)reader.at;
    return !reader.failed && reader.at <= reader.available;
}
