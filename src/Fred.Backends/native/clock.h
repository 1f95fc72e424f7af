/* The statement clock: counts ticks, decides which of them need attention, and keeps the shadow stack. */
#ifndef FRED_CLOCK_H
#define FRED_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include "page.h"
#include "python.h"

enum event_kind { KIND_NONE = 0, KIND_CALL = 1, KIND_LINE = 2, KIND_RETURN = 3, KIND_END = 4 };

enum { MAX_PROBES = 1 << 20, MAX_FILES = 4096, MAX_ACTIVATIONS = 1 << 16 };

/* One statement of the user's program: a Python object (the first two words are PyObject's) that lives in code constants and is
 * executed there. Immutable but for `flags`, `primary` and the chain, which only libfred sees. Never freed. */
struct probe {
    int64_t references;
    void *type;
    uint32_t weight;         /* ticks per execution: number of FRED_TICKS bits in kinds */
    volatile uint32_t flags; /* not 0: always take the slow path (an armed breakpoint) */
    uint8_t kinds;           /* enum fred_kinds */
    uint8_t enters;          /* first event of an activation */
    uint8_t primary;         /* first statement of its function on its line: where a breakpoint on that line stops */
    uint32_t id;
    uint32_t site;           /* where it is one instruction, see opcode.c; 0: nowhere */
    int32_t file, line, end_line, call_line;
    const char *function;    /* interned, never freed */
    const char *qualified;   /* with the classes and functions it is in: "Cart.add"; interned */
    struct probe *next_on_line; /* other probes with the same hash of file and line */
};

/* Where the process is; valid in the slow path and at every stop. */
struct where {
    struct probe *probe; /* NULL before the first statement and at the end */
    enum event_kind kind;
    int32_t line;        /* of this event; 0 without a probe */
};

extern struct slot *clock_slot __attribute__((visibility("hidden"))); /* never NULL: a private one until the process has its own */
extern struct where clock_where;
extern char *clock_stack;        /* stack address at the probe or call that stopped last: the same in the head and its replicas */
extern bool clock_suspended __attribute__((visibility("hidden")));     /* an injected call runs: its ticks do not count and nothing stops there */
extern struct probe *clock_probes[MAX_PROBES];
extern uint32_t clock_probe_count;

/* The shadow stack, by depth. Nothing is ever popped: an entry is stale when a shallower one is younger. So that entering, which happens at
 * every call of the program, is two stores without an unpredictable branch. */
struct activation {
    uint64_t entry; /* tick of its first event; 0: never used */
    uint32_t probe;
};
extern struct activation *clock_activations __attribute__((visibility("hidden"))); /* MAX_ACTIVATIONS of the running thread */
_Static_assert(sizeof(struct activation) == 16, "tick.S knows it");

static inline uint64_t clock_tick(void) { return clock_slot->ticks; }

/* clock_enter where the shadow stack takes no entry, or the running thread's depth is not known yet. */
void clock_enter_rarely(struct probe *probe);

/* The rare part of executing a probe, whose ticks are counted already: something wants attention. */
void clock_slow(struct probe *probe);

/* Executes a probe that does not enter. The whole cost of the forward run is here and in clock_enter: inline and without a live value across the
 * call, so that no register needs saving. */
static inline void clock_execute(struct probe *probe)
{
    struct slot *slot = clock_slot;
    uint64_t tick = slot->ticks + probe->weight;
    slot->ticks = tick;
    if (__builtin_expect((tick >= slot->target) | (probe->flags != 0), 0)) {
        clock_slow(probe);
    }
}

/* Executes the first probe of an activation: whatever was at this depth or deeper has ended (or is a suspended generator, whose frame the
 * agent finds by other means). What an injected call runs is not part of the program's stack. */
static inline void clock_enter(struct probe *probe)
{
    struct slot *slot = clock_slot;
    uint32_t depth = (uint32_t)python_depth();
    if (__builtin_expect(depth < MAX_ACTIVATIONS && !clock_suspended, 1)) {
        clock_activations[depth].entry = slot->ticks + 1;
        clock_activations[depth].probe = probe->id;
    } else {
        clock_enter_rarely(probe);
    }
    clock_execute(probe);
}

/* Registers a probe that python.c allocated; fills id, weight and chains. False: the table is full. */
bool clock_register(struct probe *probe);

/* A tick that belongs to no probe: the end of the program. */
void clock_end_event(void);

/* A tick for an end inside a system call; runs nothing. */
void clock_end_in_call(void);

/* Recomputes slot->target from everything that wants attention (rule against a lost wake-up in section 2.6). */
void clock_set_target(void);

/* Moves this process to another slot, taking `ticks` along. */
void clock_move_to(struct slot *slot, uint64_t ticks);

/* Copies the slot aside, so that a child forked next starts from its values although its parent runs on. */
void clock_before_fork(void);
/* In the child: a private slot with the values of clock_before_fork. */
void clock_after_fork(void);

/* Switches the rolling hash in slot->event_hash on. */
void clock_hash_events(void);

/* Path of a registered file, "" for -1; never NULL. */
const char *clock_file_path(int32_t file);
/* Id of a registered path or -1. */
int32_t clock_file_id(const char *path);
/* Whether a probe belongs to a function that a user names so: by its name, or by the end of its qualified one. `name` is interned. */
bool clock_is_of(const struct probe *probe, const char *name);
/* First probe on (file, line) in the chain, or NULL; continue with clock_next_on_line. */
struct probe *clock_first_on_line(int32_t file, int32_t line);
struct probe *clock_next_on_line(struct probe *probe);

#endif
