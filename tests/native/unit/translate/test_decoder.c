/* The decoder and what is known of instructions, by hand-picked encodings; and that it never reads beyond what it may. */
#include <stdlib.h>

#include "check.h"
#include "decoder.h"
#include "properties.h"

struct example {
    const char *hex;
    int length, rip_at;
    enum flow flow;
    enum flags_effect flags;
    bool stores;
};

static const struct example examples[] = {
    {"90", 1, 0, FLOW_NEXT, FLAGS_UNTOUCHED, false},                    /* nop */
    {"4889e5", 3, 0, FLOW_NEXT, FLAGS_UNTOUCHED, false},                /* mov rbp, rsp */
    {"488b0512345678", 7, 3, FLOW_NEXT, FLAGS_UNTOUCHED, false},        /* mov rax, [rip] */
    {"c705123456781234abcd", 10, 2, FLOW_NEXT, FLAGS_UNTOUCHED, true},  /* mov dword [rip], imm */
    {"66c705123456781234", 9, 3, FLOW_NEXT, FLAGS_UNTOUCHED, true},     /* mov word [rip], imm16 */
    {"6648c7c012345678", 8, 0, FLOW_NEXT, FLAGS_UNTOUCHED, false},      /* REX.W wins over 66 */
    {"48b81122334455667788", 10, 0, FLOW_NEXT, FLAGS_UNTOUCHED, false}, /* movabs */
    {"a11122334455667788", 9, 0, FLOW_NEXT, FLAGS_UNTOUCHED, false},    /* mov eax, [moffs] */
    {"a31122334455667788", 9, 0, FLOW_NEXT, FLAGS_UNTOUCHED, true},     /* mov [moffs], eax */
    {"01d8", 2, 0, FLOW_NEXT, FLAGS_KILLED, false},                     /* add eax, ebx */
    {"0118", 2, 0, FLOW_NEXT, FLAGS_KILLED, true},                      /* add [rax], ebx */
    {"0318", 2, 0, FLOW_NEXT, FLAGS_KILLED, false},                     /* add ebx, [rax] */
    {"11d8", 2, 0, FLOW_NEXT, FLAGS_NEEDED, false},                     /* adc */
    {"3918", 2, 0, FLOW_NEXT, FLAGS_KILLED, false},                     /* cmp [rax], ebx */
    {"ffc0", 2, 0, FLOW_NEXT, FLAGS_NEEDED, false},                     /* inc leaves the carry */
    {"d3e0", 2, 0, FLOW_NEXT, FLAGS_NEEDED, false},                     /* shl by cl may leave them all */
    {"55", 1, 0, FLOW_NEXT, FLAGS_UNTOUCHED, true},                     /* push */
    {"5d", 1, 0, FLOW_NEXT, FLAGS_UNTOUCHED, false},                    /* pop to a register */
    {"7510", 2, 0, FLOW_CONDITION, FLAGS_NEEDED, false},
    {"0f8512345678", 6, 0, FLOW_CONDITION, FLAGS_NEEDED, false},
    {"e2f0", 2, 0, FLOW_COUNT, FLAGS_NEEDED, false},
    {"e812345678", 5, 0, FLOW_CALL, FLAGS_NEEDED, true},
    {"6648e812345678", 7, 0, FLOW_CALL, FLAGS_NEEDED, true},
    {"66e81234", 4, 0, FLOW_STEP, FLAGS_NEEDED, true},           /* processors differ */
    {"c3", 1, 0, FLOW_RETURN, FLAGS_NEEDED, false},
    {"f3c3", 2, 0, FLOW_RETURN, FLAGS_NEEDED, false},
    {"c21000", 3, 0, FLOW_RETURN, FLAGS_NEEDED, false},
    {"ff2512345678", 6, 2, FLOW_JUMP_INDIRECT, FLAGS_NEEDED, false},    /* of a procedure linkage table */
    {"f2ff2512345678", 7, 3, FLOW_JUMP_INDIRECT, FLAGS_NEEDED, false},  /* with bnd */
    {"41ffd4", 3, 0, FLOW_CALL_INDIRECT, FLAGS_NEEDED, true},
    {"0f05", 2, 0, FLOW_SYSCALL, FLAGS_NEEDED, false},
    {"0f31", 2, 0, FLOW_ENVIRONMENT, FLAGS_NEEDED, false},
    {"0f01f9", 3, 0, FLOW_ENVIRONMENT, FLAGS_NEEDED, false},
    {"480fc7f0", 4, 0, FLOW_ENVIRONMENT, FLAGS_UNTOUCHED, false},       /* rdrand */
    {"f00fc70f", 4, 0, FLOW_NEXT, FLAGS_NEEDED, true},                  /* lock cmpxchg8b */
    {"0f2387", 3, 0, FLOW_TRAP, FLAGS_NEEDED, true},                    /* mov dr0, rdi: no memory, whatever modrm says */
    {"cc", 1, 0, FLOW_TRAP, FLAGS_NEEDED, false},
    {"0f0b", 2, 0, FLOW_TRAP, FLAGS_NEEDED, false},
    {"cd80", 2, 0, FLOW_UNSUPPORTED, FLAGS_NEEDED, false},
    {"f3a4", 2, 0, FLOW_NEXT, FLAGS_UNTOUCHED, true},                   /* rep movsb */
    {"f2ae", 2, 0, FLOW_NEXT, FLAGS_NEEDED, false},                     /* repne scasb */
    {"c5f877", 3, 0, FLOW_NEXT, FLAGS_UNTOUCHED, false},                /* vzeroupper */
    {"c5fe6f0512345678", 8, 4, FLOW_NEXT, FLAGS_UNTOUCHED, false},      /* vmovdqu ymm0, [rip] */
    {"c5fe7f07", 4, 0, FLOW_NEXT, FLAGS_UNTOUCHED, true},               /* vmovdqu [rdi], ymm0 */
    {"c4e37d190701", 6, 0, FLOW_NEXT, FLAGS_UNTOUCHED, true},           /* vextractf128 [rdi] */
    {"c4e2f0f2c2", 5, 0, FLOW_NEXT, FLAGS_NEEDED, false},               /* andn */
    {"62f17c48100512345678", 10, 6, FLOW_NEXT, FLAGS_UNTOUCHED, false}, /* vmovups zmm0, [rip] */
    {"660f3a0fc108", 6, 0, FLOW_NEXT, FLAGS_UNTOUCHED, false},          /* palignr */
    {"660f3817c1", 5, 0, FLOW_NEXT, FLAGS_NEEDED, false},               /* ptest */
    {"0fa4c105", 4, 0, FLOW_NEXT, FLAGS_NEEDED, false},                 /* shld */
    {"f6c101", 3, 0, FLOW_NEXT, FLAGS_KILLED, false},                   /* test cl, 1 */
    {"f7d9", 2, 0, FLOW_NEXT, FLAGS_KILLED, false},                     /* neg ecx */
    {"f7f9", 2, 0, FLOW_NEXT, FLAGS_NEEDED, false},                     /* idiv */
    {"c8100000", 4, 0, FLOW_NEXT, FLAGS_NEEDED, true},                  /* enter */
    {"6448890425f8ffffff", 9, 0, FLOW_NEXT, FLAGS_UNTOUCHED, true},     /* mov fs:[..], rax */
};

static size_t bytes_of(const char *hex, uint8_t *bytes)
{
    size_t count = strlen(hex) / 2;
    for (size_t i = 0; i < count; i++) {
        unsigned value;
        sscanf(hex + 2 * i, "%2x", &value);
        bytes[i] = (uint8_t)value;
    }
    return count;
}

static void knows_examples(void)
{
    for (size_t n = 0; n < sizeof examples / sizeof *examples; n++) {
        const struct example *example = &examples[n];
        uint8_t bytes[32] = {0};
        struct instruction i;
        size_t count = bytes_of(example->hex, bytes);
        bool decoded = decode(bytes, count, &i);
        if (!decoded || i.length != example->length || i.rip_at != example->rip_at || instruction_flow(&i) != example->flow
            || (example->flow == FLOW_NEXT && instruction_flags(&i) != example->flags) || instruction_may_store(&i) != example->stores) {
            fprintf(stderr, "%s: decoded %d, length %d, rip %d, flow %d, flags %d, stores %d\n", example->hex, decoded, i.length, i.rip_at, instruction_flow(&i),
                    instruction_flags(&i), instruction_may_store(&i));
            failures++;
        }
        CHECK(!decode(bytes, count - 1, &i));
    }
}

static void refuses_what_is_none(void)
{
    static const char *const none[] = {"06", "27", "60", "62", "9a112233445566", "d4", "d6", "ea", "0f04", "0f0a", "0f24", "ce", "48", "66", "f3f3f3f3f3f3f3f3f3f3f3f3f3f3f390"};
    for (size_t n = 0; n < sizeof none / sizeof *none; n++) {
        uint8_t bytes[32];
        struct instruction i;
        CHECK(!decode(bytes, bytes_of(none[n], bytes), &i));
    }
}

static void finds_targets(void)
{
    const uint8_t forward[] = {0xE8, 0x10, 0, 0, 0}, backward[] = {0xEB, 0xFE};
    struct instruction i;
    CHECK(decode(forward, sizeof forward, &i) && instruction_target(&i, forward, 0x400000) == 0x400015);
    CHECK(decode(backward, sizeof backward, &i) && instruction_target(&i, backward, 0x400000) == 0x400000);
}

/* Each time in a block of memory of just that size, so that the sanitizer sees a read behind it. */
static void survives_anything(void)
{
    srand(1);
    for (int n = 0; n < 200000; n++) {
        size_t size = (size_t)(rand() % 17);
        uint8_t *bytes = malloc(size);
        struct instruction i;
        for (size_t k = 0; k < size; k++) {
            bytes[k] = (uint8_t)(rand() >> 7);
        }
        if (decode(bytes, size, &i)) {
            CHECK(i.length > 0 && i.length <= size && i.length <= MAX_INSTRUCTION);
            CHECK(i.opcode_at < i.length && i.immediate_at + i.immediate_size == i.length);
            CHECK(i.rip_at == 0 || i.rip_at + 4 <= i.immediate_at);
            instruction_flow(&i);
            instruction_flags(&i);
            instruction_may_store(&i);
        }
        free(bytes);
    }
}

int main(void)
{
    knows_examples();
    refuses_what_is_none();
    finds_targets();
    survives_anything();
    return failures;
}
