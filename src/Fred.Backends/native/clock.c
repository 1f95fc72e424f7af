/* The clock's hard part is what it must not do: the fast path runs once per statement of the program, so it is one add, one compare
 * and one flag test; and it may not allocate, because a replica must reproduce the program's memory to the byte. Everything
 * else (stops, signals, checkpoints, scans) happens in the slow path, which a process enters when its tick reaches slot->target. */
#include "clock.h"

#include <string.h>
#include "breakpoints.h"
#include "control.h"
#include "fred.h"
#include "mirrors.h"
#include "names.h"
#include "python.h"
#include "run.h"
#include "threads.h"

enum { LINE_BUCKETS = 1 << 16 };

struct where clock_where;
char *clock_stack;
bool clock_suspended;
struct probe *clock_probes[MAX_PROBES];
uint32_t clock_probe_count;

static struct activation first_activations[MAX_ACTIVATIONS];
struct activation *clock_activations = first_activations;

static const char *file_paths[MAX_FILES];
static int32_t file_count;
static struct probe *line_buckets[LINE_BUCKETS];

static long long *trace;
static long long trace_size, trace_count;
static bool hashing;

static uint32_t line_bucket(int32_t file, int32_t line)
{
    return ((uint32_t)file * 40503u + (uint32_t)line) % LINE_BUCKETS;
}

static void note_for_tests(const struct probe *probe, enum event_kind kind)
{
    uint64_t event = (uint64_t)(probe ? probe->id : 0) * 4 + (uint64_t)kind % 4;
    if (trace != NULL) {
        if (trace_count < trace_size) {
            trace[trace_count] = (long long)event;
        }
        trace_count++;
    }
    if (hashing) {
        clock_slot->event_hash = (clock_slot->event_hash ^ (event * 0x9E3779B97F4A7C15u + clock_slot->ticks)) * 0x100000001b3u;
    }
}

static void event(struct probe *probe, enum event_kind kind, int32_t line)
{
    clock_where = (struct where){probe, kind, line};
    note_for_tests(probe, kind);
    run_event();
}

/* One execution of a probe is up to three ticks with the same program state; each is a place of its own. */
void clock_slow(struct probe *probe)
{
    if (clock_suspended || probe->weight == 0) { /* weight 0: it only enters */
        return;
    }
    python_find_counter();
    clock_slot->ticks -= probe->weight;
    threads_at_tick(); /* others may tick meanwhile */
    uint64_t tick = clock_slot->ticks;
    clock_stack = __builtin_frame_address(0);
    clock_where = (struct where){probe, KIND_NONE, probe->line};
    clock_slot->ticks = tick + 1;
    run_arrive();
    run_before_first_event();
    for (enum event_kind kind = KIND_CALL; kind <= KIND_RETURN; kind++) {
        if (probe->kinds & (1 << (kind - 1))) {
            clock_slot->ticks = ++tick;
            event(probe, kind, kind == KIND_CALL ? probe->call_line : probe->line);
            run_arrive();
        }
    }
    clock_set_target();
}

void clock_enter_rarely(struct probe *probe)
{
    python_find_counter();
    uint32_t depth = (uint32_t)python_depth();
    if (depth < MAX_ACTIVATIONS && !clock_suspended) {
        clock_activations[depth].entry = clock_slot->ticks + 1;
        clock_activations[depth].probe = probe->id;
    }
}

void clock_end_in_call(void)
{
    clock_slot->ticks++;
    clock_where = (struct where){NULL, KIND_END, 0};
}

void clock_end_event(void)
{
    clock_stack = __builtin_frame_address(0);
    clock_slot->ticks++;
    run_arrive();
    run_before_first_event();
    event(NULL, KIND_END, clock_where.line);
    clock_set_target();
}

void clock_set_target(void)
{
    uint64_t target = trace != NULL || hashing ? 0 : run_next_interesting_tick();
    uint64_t look = threads_next_look(), step = mirrors_next_look();
    look = step < look ? step : look;
    clock_slot->target = look < target ? look : target;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (run_requests_pending() || threads_next_look() == 0) {
        clock_slot->target = 0;
    }
}

bool clock_register(struct probe *probe)
{
    if (clock_probe_count == MAX_PROBES) {
        return false;
    }
    probe->id = clock_probe_count;
    probe->weight = (uint32_t)__builtin_popcount(probe->kinds & FRED_TICKS);
    clock_probes[clock_probe_count++] = probe;
    struct probe **bucket = &line_buckets[line_bucket(probe->file, probe->line)];
    probe->next_on_line = *bucket;
    *bucket = probe;
    return true;
}

static struct probe *on_line(struct probe *probe, int32_t file, int32_t line)
{
    while (probe != NULL && (probe->file != file || probe->line != line)) {
        probe = probe->next_on_line;
    }
    return probe;
}

struct probe *clock_first_on_line(int32_t file, int32_t line)
{
    return on_line(line_buckets[line_bucket(file, line)], file, line);
}

struct probe *clock_next_on_line(struct probe *probe)
{
    return on_line(probe->next_on_line, probe->file, probe->line);
}

const char *clock_file_path(int32_t file)
{
    return file >= 0 && file < file_count ? file_paths[file] : "";
}

int32_t clock_file_id(const char *path)
{
    for (int32_t i = 0; i < file_count; i++) {
        if (strcmp(file_paths[i], path) == 0) {
            return i;
        }
    }
    return -1;
}

bool clock_is_of(const struct probe *probe, const char *name)
{
    if (probe->function == name || name == NULL || strchr(name, '.') == NULL) {
        return probe->function == name;
    }
    size_t whole = strlen(probe->qualified), length = strlen(name);
    return whole >= length && strcmp(probe->qualified + whole - length, name) == 0 && (whole == length || probe->qualified[whole - length - 1] == '.');
}

void clock_hash_events(void)
{
    hashing = true;
    clock_slot->target = 0;
}

int fred_file(const char *path)
{
    int32_t id = clock_file_id(path);
    if (id >= 0) {
        return id;
    }
    const char *copy = names_intern(path);
    if (file_count == MAX_FILES || copy == NULL) {
        return -1;
    }
    file_paths[file_count] = copy;
    return file_count++;
}

void fred_file_done(int file) { breakpoints_file_done(file); }

long long fred_tick(void) { return (long long)clock_slot->ticks; }

int fred_activations(int thread, int *depth, long long *entry, int *probe, int max)
{
    int count = 0;
    uint64_t youngest = 1;
    int32_t deepest;
    const int place = thread < 0 ? threads_here() : thread;
    const struct activation *activations = threads_activations(place, &deepest);
    if (place == threads_here()) {
        /* An uncaught exception has left its frames, which are looked at all the same. Deeper entries than the frame that runs are of calls that have returned. */
        const int32_t innermost = python_program_depth();
        deepest = control_place().kind == KIND_END ? MAX_ACTIVATIONS - 1 : innermost < deepest ? innermost : deepest;
    }
    for (int32_t i = 0; i <= deepest && i < MAX_ACTIVATIONS && count < max; i++) {
        if (activations[i].entry >= youngest) {
            youngest = activations[i].entry;
            depth[count] = i;
            entry[count] = (long long)activations[i].entry;
            probe[count] = (int)activations[i].probe;
            count++;
        }
    }
    return count;
}

void fred_test_trace(long long *buf, long long n)
{
    trace = buf;
    trace_size = n;
    trace_count = 0;
    clock_set_target();
}

long long fred_test_trace_count(void) { return trace_count; }
