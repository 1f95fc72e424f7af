/* Questions to the whole history, asked at events of a replica that replays an interval: the values at places, each change of a value, the calls of a
 * function, which events there are. The answers are evaluated here, without a round trip and without a fork: a million of them are to take seconds. What that costs is trust:
 * an evaluation that changes the program spoils the rest of the interval. So libfred notes whether the program's own code ran during one
 * (inject_touched) and says so at the end; whoever asked then compares a digest of the state with that of a clean replica. */
#include "observe.h"

#include <string.h>

#include "breakpoints.h"
#include "clock.h"
#include "control.h"
#include "fred.h"
#include "inject.h"
#include "names.h"
#include "protocol.h"
#include "python.h"
#include "replay.h"
#include "request.h"
#include "text.h"
#include "threads.h"

enum { MAX_TEXT = 40 * 1024, SENT_TEXT = MAX_LINE / 4, SENT_PATH = MAX_LINE / 12, UNCHANGED = 0, CALLER_SEPARATOR = 0x1e };

static char text[MAX_TEXT];             /* the agent's answer */
static char last_text[MAX_TEXT];        /* RUN_CHANGES: the last value that was there */
static bool was_there;                  /* RUN_CHANGES: the scope was there at the event before */
static struct where before;             /* RUN_CHANGES: the event before */
static char caller[MAX_TEXT];           /* RUN_CHANGES: at a return, the statement that goes on after it, as the agent says it; else empty */
static uint64_t turns_before;           /* RUN_CHANGES: and how many turns threads had had there */
static const char *observed_function;   /* RUN_CALLS: interned */
static struct { int32_t depth; int thread; } open_calls[MAX_ACTIVATIONS]; /* RUN_CALLS: its calls that have not returned, of all threads */
static int open_count;
static uint64_t events_sum;                /* RUN_EVENTS: of the marks so far */
static uint64_t path_marks[MAX_FILES];     /* RUN_EVENTS: 0: not computed yet */

static const char NOT_THERE[] = "-its frame is not on the stack here";

/* ---- answers ---- */

static void send_seen_at(const char *kind, uint64_t tick, uint64_t number, int64_t line, const char *path, const char *function, const char *value)
{
    struct message *message = control_message();
    message_begin(message, MSG_SEEN);
    message_unsigned(message, tick);
    message_word(message, kind);
    message_word(message, inject_touched ? "1" : "0");
    message_unsigned(message, number);
    message_number(message, python_depth());
    message_number(message, line);
    message_text(message, path, SENT_PATH);
    message_text(message, function, SENT_PATH);
    message_text(message, value, SENT_TEXT);
    message_unsigned(message, threads_number());
    control_send_later(message);
    run_request.found++;
    run_request.doubtful += inject_touched;
}

static void send_seen(const char *kind, uint64_t tick, uint64_t number, struct where where, const char *value)
{
    send_seen_at(kind, tick, number, where.line, where.probe != NULL ? clock_file_path(where.probe->file) : "", where.probe != NULL ? where.probe->function : "", value);
}

static const char *ask(const char *op, int64_t number, const char *argument)
{
    strcpy(text, "-the agent could not answer");
    inject_perturbing(op, number, argument, text, sizeof text);
    return text;
}

/* ---- places ---- */

static void look(uint64_t id) { send_seen("hit", clock_tick(), id, clock_where, ask("look", (int64_t)id, "")); }

static void observe_hits(void)
{
    char ids[MAX_IDS];
    if (match_breakpoints(ids) == 0) {
        return;
    }
    for (const char *id = ids; id != NULL; id = strchr(id, ',') != NULL ? strchr(id, ',') + 1 : NULL) {
        look(text_unsigned(id));
    }
}

/* ---- changes ---- */

/* The change seen at a tick was made by the event before it. After a return goes on the statement that made the call. */
static void send_change(const char *value)
{
    static const struct where nowhere;
    char *path = strchr(caller, CALLER_SEPARATOR), *function = path != NULL ? strchr(path + 1, CALLER_SEPARATOR) : NULL;
    if (threads_turns() != turns_before) { /* another thread may have made it, in the midst of a statement of its own */
        send_seen("change", clock_tick() - 1, 0, nowhere, value);
    } else if (function == NULL) {
        send_seen("change", clock_tick() - 1, 0, before, value);
    } else {
        *path = *function = '\0';
        send_seen_at("change", clock_tick() - 1, 0, text_number(caller), path + 1, function + 1, value);
    }
}

static void remember_event(void)
{
    before = clock_where;
    *caller = '\0';
    if (before.kind == KIND_RETURN) {
        inject_perturbing("caller", 0, "", caller, sizeof caller);
    }
    turns_before = threads_turns();
}

static void observe_change(void)
{
    int activation = scan_watched_activation();
    strcpy(text, NOT_THERE);
    int64_t answer = activation == SCOPE_GONE ? SCOPE_IS_GONE : inject_perturbing("value", activation, scan_watch_scope(), text, sizeof text);
    if (answer == SCOPE_IS_GONE) {
        if (was_there || *last_text == '\0') {
            strcpy(last_text, *last_text == '\0' ? NOT_THERE : last_text);
            send_change(NOT_THERE);
        }
        was_there = false;
    } else if (answer != UNCHANGED) {
        strcpy(last_text, text);
        send_change(last_text);
        was_there = true;
    } else if (!was_there) {
        send_change(last_text);
        was_there = true;
    }
    remember_event();
}

/* ---- calls ---- */

static bool is_observed(void) { return clock_where.probe != NULL && clock_is_of(clock_where.probe, observed_function); }

/* Forgets the running thread's open calls at this depth or deeper, which have ended. */
static void drop_calls_from(int32_t depth)
{
    int kept = 0;
    for (int i = 0; i < open_count; i++) {
        if (open_calls[i].thread != threads_here() || open_calls[i].depth < depth) {
            open_calls[kept++] = open_calls[i];
        }
    }
    open_count = kept;
}

static void add_open_call(int32_t depth)
{
    if (open_count < MAX_ACTIVATIONS) {
        open_calls[open_count].depth = depth;
        open_calls[open_count++].thread = threads_here();
    }
}

static bool has_open_call_below(int32_t depth)
{
    for (int i = open_count - 1; i >= 0; i--) {
        if (open_calls[i].thread == threads_here() && open_calls[i].depth > depth) {
            return true;
        }
    }
    return false;
}

static uint64_t entry_at(int32_t depth) { return depth >= 0 && depth < MAX_ACTIVATIONS ? clock_activations[depth].entry : 0; }

static void observe_call(void)
{
    int32_t depth = python_depth();
    if (clock_where.kind == KIND_CALL && is_observed()) {
        drop_calls_from(depth);
        add_open_call(depth);
        send_seen("call", clock_tick(), entry_at(depth), clock_where, ask("arguments", 0, ""));
    } else if (clock_where.kind == KIND_RETURN && is_observed()) {
        drop_calls_from(depth);
        bool simple = (clock_where.probe->kinds & FRED_HAS_LINE) != 0;
        send_seen("return", clock_tick(), entry_at(depth), clock_where, ask("result", simple ? clock_where.line : 0, ""));
    } else if (clock_where.kind == KIND_LINE && (clock_where.probe->kinds & FRED_HANDLES) && has_open_call_below(depth)) {
        drop_calls_from(depth + 1);
        send_seen("handler", clock_tick(), 0, clock_where, ask("exception", 0, ""));
    }
}

static void find_open_calls(void)
{
    static int depths[MAX_ACTIVATIONS], probes[MAX_ACTIVATIONS];
    static long long entries[MAX_ACTIVATIONS];
    open_count = 0;
    for (int thread = 0; thread < threads_places(); thread++) {
        int count = fred_activations(thread, depths, entries, probes, MAX_ACTIVATIONS);
        for (int i = 0; i < count && open_count < MAX_ACTIVATIONS; i++) {
            if (clock_is_of(clock_probes[probes[i]], observed_function)) {
                open_calls[open_count].depth = depths[i];
                open_calls[open_count++].thread = thread;
            }
        }
    }
}

/* ---- events ---- */

static uint64_t mixed(uint64_t value) /* the finalizer of splitmix64 (Steele, Lea, Flood 2014) */
{
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
    return value ^ (value >> 31);
}

/* By name, not by number: another run may import its files in another order. FNV-1a. */
static uint64_t path_mark(int32_t file)
{
    if (path_marks[file] == 0) {
        uint64_t mark = 0xCBF29CE484222325u;
        for (const char *c = clock_file_path(file); *c != '\0'; c++) {
            mark = (mark ^ (uint8_t)*c) * 0x100000001B3u;
        }
        path_marks[file] = mark | 1;
    }
    return path_marks[file];
}

/* A sum, so that whoever asks can add up intervals that begin anywhere. */
static void observe_every_event(void)
{
    uint64_t tick = clock_tick(), place = 0;
    if (clock_where.probe != NULL) {
        place = path_mark(clock_where.probe->file) + (uint64_t)(uint32_t)clock_where.line;
    }
    events_sum += mixed(mixed(place * 8 + (uint64_t)clock_where.kind) + tick);
    if (tick % run_request.stride == 0) {
        send_seen("event", tick, events_sum & INT64_MAX, clock_where, "");
    }
    if (tick == run_request.limit) {
        send_seen("total", tick, events_sum & INT64_MAX, clock_where, "");
    }
}

/* ---- the interface ---- */

void observe_begin(void)
{
    *last_text = '\0';
    was_there = false;
    events_sum = 0;
    if (run_request.mode == RUN_CHANGES) {
        remember_event();
    }
    if (run_request.mode == RUN_CALLS) {
        observed_function = breakpoints_function();
        find_open_calls();
    }
}

void observe_event(void)
{
    if (run_request.mode == RUN_CHANGES) {
        observe_change();
    } else if (run_request.mode == RUN_HITS) {
        observe_hits();
    } else if (run_request.mode == RUN_EVENTS) {
        observe_every_event();
    } else {
        observe_call();
    }
}

void observe_end(const char *detail)
{
    if (run_request.mode == RUN_CALLS && detail != NULL && *detail != '\0') {
        strcpy(text, "-");
        strncat(text, detail, sizeof text - 2);
        send_seen("end", clock_tick(), 0, (struct where){NULL, KIND_END, 0}, text);
    }
}

const char *observe_digest(void)
{
    strcpy(text, "");
    bool touched = inject_touched;
    inject_perturbing("digest", 0, "", text, sizeof text);
    inject_touched = touched;
    return text;
}
