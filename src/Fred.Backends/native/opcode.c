/* A tick as one instruction of the interpreter.
 *
 * A probe in bytecode is `LOAD_CONST P; UNARY_NEGATIVE; POP_TOP`: three instructions and a call through a type slot, for an addition and a comparison. What is done here about
 * it: CPython dispatches with a table of 256 addresses, indexed by opcode, of which some seventy belong to no opcode. Two of those are given to the code in tick.S,
 * which adds and compares, and then goes on at the table's entry for JUMP_FORWARD, with the operand that the interpreter has just decoded: past the probe. When anything wants attention (the target is
 * reached) it goes on at the entry for NOP instead, and the instructions behind it do what they always did. So this is an optimisation of the common case only: nothing that happens at a
 * tick happens here.
 *
 * What is hard: the interpreter must not be changed by more than that, on any build of it, and there is no symbol for the table. So it is looked for by what it is: in the object that
 * has _PyEval_EvalFrameDefault, the only run of exactly 256 pointers into its text. Where there is no such run, or more than one, everything stays as it was. Tracing
 * (3.11) and instrumentation (3.12 on) ask another table for the plain form of an opcode, which has to know that ours are plain, too; it is found by its contents.
 *
 * The agent makes room for the instruction by compiling `- -P`: LOAD_CONST, UNARY_NEGATIVE twice, POP_TOP. Here the first three become TICK, LOAD_CONST, UNARY_NEGATIVE, in place, so that all
 * jumps, lines and exception ranges stay. The program does not see that: code.co_code is a copy that was made before. Code objects with such instructions are kept for ever, as are their probes. */
#include "opcode.h"

#include <dlfcn.h>
#include <link.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "fred.h"

enum { REGISTERS = 14, ALL_REGISTERS = (1 << REGISTERS) - 1, MOST_NUMBERED = 1 << 16 };
enum { TICK, TICK_TWICE, ENTER, ENTER_SIMPLE, OURS };
enum { OPCODES = 256, LEAST_UNKNOWN = 8, TABLE_ALIGNMENT = 32, MAX_TABLES = 4, MAX_SITES = 1 << 20, MOST_UNITS = 255, ENTERING_UNITS = 4, LAST_OPCODE = 230 };

void opcode_tick(void);
void opcode_tick_twice(void);
void opcode_learn(void);
extern const void *const opcode_enter[REGISTERS], *const opcode_enter_simple[REGISTERS];
__attribute__((visibility("hidden"))) const void *opcode_skip, *opcode_stay;
__attribute__((visibility("hidden"))) uintptr_t opcode_registers[REGISTERS]; /* as they were when a learning opcode was entered */

/* The object with the interpreter: what is executable of it, and what is not. */
struct image {
    uintptr_t inside;
    uintptr_t text, text_end;
    struct { uintptr_t start, end; } data[8];
    int data_count;
};

/* One place where a probe is one instruction. The compiler copies `finally` blocks and loop tests, so that a probe can have several. */
struct site {
    uint8_t *unit;
    uint32_t next; /* of the same probe; 0: none */
};

static struct site sites[MAX_SITES]; /* from 1 */
static uint32_t site_count;
static const void **dispatch;
static uint8_t ours[OURS], stay_opcode;
static const uint8_t *learning; /* the unit whose address is looked for in the registers */
static int candidates = ALL_REGISTERS;

static int look_at(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    struct image *image = argument, here = {.inside = image->inside};
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + header->p_vaddr, end = start + header->p_filesz;
        if (header->p_type != PT_LOAD) {
            continue;
        }
        if (header->p_flags & PF_X) {
            if (start <= here.inside && here.inside < end) {
                here.text = start;
                here.text_end = end;
            }
        } else if ((header->p_flags & PF_R) && here.data_count < 8) {
            here.data[here.data_count].start = start;
            here.data[here.data_count++].end = end;
        }
    }
    if (here.text == 0) {
        return 0;
    }
    *image = here;
    return 1;
}

/* The only run of exactly 256 pointers into the text. */
static const void **find_dispatch(const struct image *image)
{
    const void **found = NULL;
    for (int i = 0; i < image->data_count; i++) {
        const uintptr_t *word = (const uintptr_t *)((image->data[i].start + 7) & ~(uintptr_t)7);
        const uintptr_t *end = (const uintptr_t *)(image->data[i].end & ~(uintptr_t)7);
        for (size_t run = 0; word <= end; word++) {
            if (word < end && *word >= image->text && *word < image->text_end) {
                run++;
                continue;
            }
            if (run == OPCODES) {
                if (found != NULL) {
                    return NULL;
                }
                found = (const void **)(uintptr_t)(word - OPCODES);
            }
            run = 0;
        }
    }
    return found;
}

/* The table that says of each opcode what it is a specialised form of: itself for the plain ones, 0 for numbers that are none. */
static int find_plain_forms(const struct image *image, const uint8_t *defined, uint8_t **tables)
{
    int count = 0;
    for (int i = 0; i < image->data_count; i++) {
        uint8_t *at = (uint8_t *)((image->data[i].start + TABLE_ALIGNMENT - 1) & ~(uintptr_t)(TABLE_ALIGNMENT - 1));
        for (; at + OPCODES <= (uint8_t *)image->data[i].end && count < MAX_TABLES; at += TABLE_ALIGNMENT) {
            int op = 1;
            while (op < OPCODES && (!defined[op] || at[op] == op)) {
                op++;
            }
            int unknown = 0;
            while (unknown < OURS && at[ours[unknown]] == 0) {
                unknown++;
            }
            if (op == OPCODES && unknown == OURS && at[0] == 0) {
                tables[count++] = at;
            }
        }
    }
    return count;
}

static const void *most_frequent(const void **table, int *times)
{
    const void *best = NULL;
    *times = 0;
    for (int i = 0; i < OPCODES; i++) {
        int count = 0;
        for (int j = 0; j < OPCODES; j++) {
            count += table[j] == table[i];
        }
        if (count > *times) {
            *times = count;
            best = table[i];
        }
    }
    return best;
}

/* And leaves it so: whether it was before is not known. */
static bool make_writable(const void *from, size_t size)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start = (uintptr_t)from & ~(page - 1);
    return mprotect((void *)start, (uintptr_t)from + size - start, PROT_READ | PROT_WRITE) == 0;
}

int fred_opcodes(const unsigned char *defined, int stay, int skip)
{
    struct image image = {.inside = (uintptr_t)dlsym(RTLD_DEFAULT, "_PyEval_EvalFrameDefault")};
    uint8_t *plain[MAX_TABLES];
    int found = 0, times = 0;
    if (dispatch != NULL || image.inside == 0 || dl_iterate_phdr(look_at, &image) == 0) {
        return dispatch != NULL;
    }
    const void **table = find_dispatch(&image);
    const void *unknown = table != NULL ? most_frequent(table, &times) : NULL;
    if (times < LEAST_UNKNOWN || table[stay] == unknown || table[skip] == unknown || table[stay] == table[skip]) {
        return 0;
    }
    for (int op = LAST_OPCODE; op > 0 && found < OURS; op--) {
        if (!defined[op] && table[op] == unknown) {
            ours[found++] = (uint8_t)op;
        }
    }
    int tables = found == OURS ? find_plain_forms(&image, defined, plain) : 0;
    if (tables == 0) {
        return 0;
    }
    for (int i = 0; i < tables; i++) {
        if (!make_writable(plain[i], OPCODES)) {
            return 0;
        }
        for (int each = 0; each < OURS; each++) {
            plain[i][ours[each]] = ours[each];
        }
    }
    if (!make_writable(table, OPCODES * sizeof *table)) {
        return 0;
    }
    opcode_skip = table[skip];
    opcode_stay = table[stay];
    stay_opcode = (uint8_t)stay;
    table[ours[TICK]] = (const void *)opcode_tick;
    table[ours[TICK_TWICE]] = (const void *)opcode_tick_twice;
    table[ours[ENTER]] = table[ours[ENTER_SIMPLE]] = (const void *)opcode_learn;
    dispatch = table;
    return 1;
}

void fred_learn(unsigned char *unit)
{
    if (dispatch != NULL) {
        unit[0] = ours[ENTER];
        learning = unit;
        memset(opcode_registers, 0, sizeof opcode_registers);
    }
}

int fred_learned(int last)
{
    for (int i = 0; i < REGISTERS; i++) {
        if (opcode_registers[i] != (uintptr_t)learning) {
            candidates &= ~(1 << i);
        }
    }
    bool one = learning != NULL && candidates != 0 && (candidates & (candidates - 1)) == 0;
    if (last && dispatch != NULL) {
        int i = one ? __builtin_ctz((unsigned)candidates) : -1;
        dispatch[ours[ENTER]] = one ? opcode_enter[i] : opcode_stay;
        dispatch[ours[ENTER_SIMPLE]] = one ? opcode_enter_simple[i] : opcode_stay;
        learning = NULL;
    }
    return one;
}

/* 0: there is none for it. */
static uint8_t opcode_of(const struct probe *probe)
{
    if (probe->enters) {
        return probe->weight == 2 ? ours[ENTER] : probe->weight == 3 ? ours[ENTER_SIMPLE] : 0;
    }
    return probe->weight == 1 ? ours[TICK] : probe->weight == 2 ? ours[TICK_TWICE] : 0;
}

/* Every one of ours does nothing from now on, so that the instructions behind it tick. */
static void give_up(void)
{
    for (int i = 0; i < OURS; i++) {
        dispatch[ours[i]] = opcode_stay;
    }
}

void opcode_follow(const struct probe *probe)
{
    uint8_t wanted = probe->flags != 0 ? stay_opcode : opcode_of(probe);
    for (uint32_t i = probe->site; i != 0; i = sites[i].next) {
        uint8_t *unit = sites[i].unit;
        if (*unit == stay_opcode || *unit == opcode_of(probe)) {
            *unit = wanted;
        } else if (probe->flags != 0) { /* the interpreter has put an instrumented opcode there, and keeps ours elsewhere */
            give_up();
        }
    }
}

void opcode_set_flags(struct probe *probe, uint32_t flags)
{
    probe->flags = flags;
    if (probe->site != 0) {
        opcode_follow(probe);
    }
}

int fred_shorten(PyObject *object, unsigned char *units, int before, int count)
{
    struct probe *probe = (struct probe *)object;
    if (dispatch == NULL || site_count + 1 == MAX_SITES || count > MOST_UNITS || opcode_of(probe) == 0) {
        return 0;
    }
    if (probe->enters) {
        if (before != 1 || count != ENTERING_UNITS || probe->id >= MOST_NUMBERED) {
            return 0;
        }
        units[5] = (uint8_t)probe->id;
        units[7] = (uint8_t)(probe->id >> 8);
    }
    memmove(units + 2, units, (size_t)before * 2);
    units[0] = opcode_of(probe);
    units[1] = (uint8_t)(count - 1);
    sites[++site_count] = (struct site){units, probe->site};
    probe->site = site_count;
    opcode_follow(probe);
    return 1;
}
