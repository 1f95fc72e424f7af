/* Code that the program makes at run time. A block of it looks, whenever it is entered, whether its pages may still be executed and whether its bytes are still there; since a block
 * of writable code ends behind whatever stores, nothing can change between the look and its end. So a change needs no trap and no notice, whoever makes it: the program, the kernel
 * for it, or a jump to another moment in time. */
#include <string.h>

#include "build.h"

enum { FOUR = 4 };

struct check {
    struct build *build;
    bool free_flags;
    uint8_t *failure; /* the jump that is taken where something differs; all the others lead there */
};

/* The jump to what is done about a difference, if the flags say so, or rcx. */
static void emit_failure(struct check *c)
{
    struct emitter *out = &c->build->out;
    uint8_t *from = c->free_flags ? emit_branch(out, CONDITION_NOT_EQUAL) : emit_jump_unless_rcx_zero(out);
    if (c->failure != NULL) {
        emit_point(from, c->failure);
        return;
    }
    c->failure = from - (c->free_flags ? 2 : 1);
    struct stub *stub = build_stub(c->build, from, EXIT_STALE, c->build->pc);
    stub->borrowed = !c->free_flags;
}

/* The operand: at an address below 2 GiB, or near. */
static void emit_operand(struct emitter *out, unsigned reg, uint64_t address, int immediate_bytes)
{
    if (address < 0x80000000) {
        emit8(out, 0x04 | reg << 3);
        emit8(out, 0x25);
        emit32(out, (uint32_t)address);
    } else {
        emit8(out, 0x05 | reg << 3);
        emit32(out, (uint32_t)(address - (uint64_t)(uintptr_t)(out->at + 4 + immediate_bytes)));
    }
}

static void emit_compare_four(struct check *c, uint64_t address, uint32_t expected)
{
    struct emitter *out = &c->build->out;
    if (c->free_flags) {
        emit8(out, 0x81); /* cmp dword [address], expected */
        emit_operand(out, 7, address, FOUR);
        emit32(out, expected);
    } else {
        emit8(out, 0x8B); /* mov ecx, [address]; lea ecx, [rcx - expected] */
        emit_operand(out, RCX, address, 0);
        emit_bytes(out, (const uint8_t[]){0x8D, 0x89}, 2);
        emit32(out, 0 - expected);
    }
    emit_failure(c);
}

static void emit_compare_one(struct check *c, uint64_t address, uint8_t expected)
{
    struct emitter *out = &c->build->out;
    if (c->free_flags) {
        emit8(out, 0x80);
        emit_operand(out, 7, address, 1);
        emit8(out, expected);
    } else {
        emit_bytes(out, (const uint8_t[]){0x0F, 0xB6}, 2);
        emit_operand(out, RCX, address, 0);
        emit_bytes(out, (const uint8_t[]){0x8D, 0x89}, 2);
        emit32(out, 0u - expected);
    }
    emit_failure(c);
}

static uint32_t four_at(uint64_t address)
{
    uint32_t value;
    memcpy(&value, (const void *)address, sizeof value);
    return value;
}

void source_check(struct build *b, bool free_flags)
{
    struct check c = {b, free_flags, NULL};
    if (b->kind == IMAGE_TEXT) {
        return;
    }
    if (!free_flags) {
        emit_store(&b->out, RCX, FIELD(rcx));
    }
    emit_compare_four(&c, (uint64_t)image_tag_place(b->pc), image_tag(b->pc));
    if (image_tag_place(b->end - 1) != image_tag_place(b->pc)) {
        emit_compare_four(&c, (uint64_t)image_tag_place(b->end - 1), image_tag(b->end - 1));
    }
    uint64_t at = b->pc;
    for (; b->end - at >= FOUR; at += FOUR) {
        emit_compare_four(&c, at, four_at(at));
    }
    for (; at < b->end; at++) {
        emit_compare_one(&c, at, *(const uint8_t *)at);
    }
    if (!free_flags) {
        emit_load(&b->out, RCX, FIELD(rcx));
    }
}

const struct source *source_keep(struct build *b)
{
    if (b->kind == IMAGE_TEXT) {
        return NULL;
    }
    b->out.at = (uint8_t *)(((uintptr_t)b->out.at + 3) & ~(uintptr_t)3);
    struct source *source = (struct source *)b->out.at;
    *source = (struct source){.tags = {image_tag(b->pc), image_tag(b->end - 1)}, .size = (uint16_t)(b->end - b->pc)};
    memcpy(source->bytes, (const void *)b->pc, source->size);
    b->out.at = source->bytes + source->size;
    return source;
}
