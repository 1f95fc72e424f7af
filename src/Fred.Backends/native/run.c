#include "run.h"

#include <string.h>

#include "breakpoints.h"
#include "checkpoint.h"
#include "clock.h"
#include "control.h"
#include "fred.h"
#include "inject.h"
#include "log.h"
#include "protocol.h"
#include "python.h"
#include "replay.h"
#include "session.h"
#include "signals.h"
#include "text.h"

enum run_mode { RUN_STOP, RUN_LAST, RUN_ALL, RUN_WATCH };

enum { MAX_IDS = 256, MAX_SCOPE = 4096, NOT_EVALUABLE = 2, NO_VALUE = -1 };

static struct {
    enum run_mode mode;
    uint64_t limit;
    int64_t depth; /* of the step filter; -1: none */
    int64_t line;
    bool only_returns;
    bool breakpoints;
    uint64_t stride;
    uint64_t matches;
    uint64_t last_match, last_value; /* RUN_LAST */
    int64_t watched;                 /* RUN_WATCH: value so far, NO_VALUE before the first */
    bool done;                       /* a scan that has reported its end */
} run = {.limit = UINT64_MAX, .depth = -1};

static void report_scan_end(void);

static uint64_t seen_token;      /* last checkpoint request that was served */
static const char *end_reason;   /* set while the end event is handled */
static const char *end_detail;
static char watch_scope[MAX_SCOPE];
static int64_t watch_entry = -1; /* entry tick of the watched activation, -1 for a module */

static enum run_mode parse_mode(const char *name)
{
    return strcmp(name, "last") == 0 ? RUN_LAST : strcmp(name, "all") == 0 ? RUN_ALL : strcmp(name, "watch") == 0 ? RUN_WATCH : RUN_STOP;
}

void run_begin(char *words)
{
    log_take_page();
    memset(&run, 0, sizeof run);
    run.limit = UINT64_MAX;
    run.depth = -1;
    run.stride = 1;
    run.watched = NO_VALUE;
    for (char *word; (word = text_next_word(&words)) != NULL;) {
        const char *value;
        if ((value = text_option(word, "limit")) != NULL) {
            run.limit = text_unsigned(value);
        } else if ((value = text_option(word, "depth")) != NULL) {
            run.depth = text_number(value);
        } else if ((value = text_option(word, "line")) != NULL) {
            run.line = text_number(value);
        } else if ((value = text_option(word, "ret")) != NULL) {
            run.only_returns = text_number(value) != 0;
        } else if ((value = text_option(word, "bp")) != NULL) {
            run.breakpoints = text_number(value) != 0;
        } else if ((value = text_option(word, "mode")) != NULL) {
            run.mode = parse_mode(value);
        } else if ((value = text_option(word, "stride")) != NULL) {
            run.stride = text_unsigned(value) > 0 ? text_unsigned(value) : 1;
        }
    }
}

bool run_is_over(void) { return run.limit <= clock_tick() && !control_is_in_call(); }

void run_answer_at_once(void)
{
    if (run.mode == RUN_STOP) {
        control_report_position();
    } else {
        report_scan_end();
    }
}

void run_set_watch_scope(const char *scope)
{
    strncpy(watch_scope, scope, MAX_SCOPE - 1);
    watch_entry = -1;
    if (strncmp(scope, "frame:", 6) == 0) {
        const char *entry = strchr(scope + 6, ':');
        watch_entry = entry != NULL ? (int64_t)text_unsigned(entry + 1) : 0;
    }
}

void run_forget_requests(void) { seen_token = clock_slot->checkpoint_token; }

static bool checkpoint_requested(void)
{
    uint64_t token = clock_slot->checkpoint_token;
    return session.mode == MODE_RECORD && token != 0 && token != seen_token;
}

bool run_requests_pending(void)
{
    return session.mode != MODE_OFF
        && (checkpoint_requested() || clock_slot->pause != 0 || signals_pending());
}

uint64_t run_next_interesting_tick(void)
{
    uint64_t target = run.limit;
    if (session.mode == MODE_OFF || run.done) {
        return UINT64_MAX;
    }
    if (run.depth >= 0) {
        target = 0;
    } else if (run.mode == RUN_WATCH) {
        uint64_t next = clock_tick() - clock_tick() % run.stride + run.stride;
        target = next < target ? next : target;
    }
    uint64_t wake = replay_wake_tick();
    return wake < target ? wake : target;
}

/* ---- what matches ---- */

static bool filter_matches(void)
{
    int64_t depth = python_depth();
    if (run.depth < 0 || depth > run.depth) {
        return false;
    }
    if (depth < run.depth || clock_where.kind == KIND_RETURN) {
        return true;
    }
    return !run.only_returns && clock_where.line >= run.line;
}

/* A condition that raises counts as true: better one stop too many than one missed. */
static bool condition_holds(const struct breakpoint *breakpoint)
{
    int64_t value;
    if (*breakpoint->condition == '\0') {
        return true;
    }
    if (session.mode == MODE_RECORD) {
        value = inject_live(INJECT_CONDITION, (int64_t)breakpoint->id, breakpoint->condition, NULL, 0);
    } else if (!inject_replayed_condition(breakpoint->id, &value)) {
        value = inject_perturbing("condition", (int64_t)breakpoint->id, breakpoint->condition, NULL, 0);
    }
    return value != 0;
}

/* Ids of the breakpoints hit here, with commas; "-" for none. Returns the first, or 0. */
static uint64_t breakpoints_hit(char ids[MAX_IDS])
{
    uint64_t first = 0;
    size_t used = 0;
    strcpy(ids, "-");
    if (!run.breakpoints || clock_where.kind != KIND_LINE) {
        return 0;
    }
    const struct breakpoint *breakpoint = NULL;
    while ((breakpoint = breakpoints_at(clock_where.probe, breakpoint)) != NULL) {
        if (condition_holds(breakpoint) && used < MAX_IDS - 32) {
            if (used > 0) {
                ids[used++] = ',';
            }
            used += text_format(ids + used, breakpoint->id);
            first = first == 0 ? breakpoint->id : first;
        }
    }
    return first;
}

/* ---- scans ---- */

static void send_match(uint64_t tick, uint64_t value)
{
    struct message *message = control_message();
    message_begin(message, MSG_MATCH);
    message_unsigned(message, tick);
    message_unsigned(message, value);
    control_send(message);
}

static void report_scan_end(void)
{
    if (run.mode == RUN_LAST && run.matches > 0) {
        send_match(run.last_match, run.last_value);
    }
    struct message *message = control_message();
    message_begin(message, MSG_SCANNED);
    message_unsigned(message, clock_tick());
    message_unsigned(message, replay_cursor());
    message_unsigned(message, run.matches);
    control_send(message);
}

static void finish_scan(void)
{
    report_scan_end();
    run.done = true;
    control_serve();
}

/* Position of the watched activation in the shadow stack; -1 for a module, -2 when it is not running. */
static int watched_activation(void)
{
    static int depths[MAX_ACTIVATIONS], probes[MAX_ACTIVATIONS];
    static long long entries[MAX_ACTIVATIONS];
    if (watch_entry < 0) {
        return -1;
    }
    int count = fred_activations(depths, entries, probes, MAX_ACTIVATIONS);
    for (int i = count - 1; i >= 0; i--) {
        if (entries[i] == watch_entry) {
            return i;
        }
    }
    return -2;
}

static void watch_here(void)
{
    if (clock_tick() % run.stride != 0 && clock_tick() < run.limit) {
        return;
    }
    int activation = watched_activation();
    int64_t value = activation == -2 ? NOT_EVALUABLE : inject_perturbing("truth", activation, watch_scope, NULL, 0);
    value = value == NO_VALUE ? NOT_EVALUABLE : value;
    if (value != run.watched) {
        run.watched = value;
        run.matches++;
        send_match(clock_tick(), (uint64_t)value);
    }
}

static void scan_here(void)
{
    char ids[MAX_IDS];
    if (run.mode == RUN_WATCH) {
        watch_here();
        return;
    }
    uint64_t id = breakpoints_hit(ids);
    if (id == 0 && !filter_matches()) {
        return;
    }
    run.matches++;
    run.last_match = clock_tick();
    run.last_value = id;
    if (run.mode == RUN_ALL) {
        send_match(run.last_match, id);
    }
}

/* ---- events ---- */

static bool take_requested_checkpoint(void)
{
    uint64_t token = clock_slot->checkpoint_token;
    if (!checkpoint_requested()) {
        return false;
    }
    seen_token = token;
    checkpoint_freeze();
    int64_t pid = checkpoint_fork(ROLE_CHECKPOINT, token);
    if (pid == 0) {
        control_serve(); /* returns in a replica that runs on from here */
        return true;
    }
    if (pid < 0) {
        struct message *message = control_message();
        message_begin(message, MSG_FAILED);
        message_unsigned(message, token);
        message_unsigned(message, (uint64_t)-pid);
        control_send(message);
    }
    return false;
}

static void stop_if_wanted(void)
{
    char ids[MAX_IDS];
    uint64_t hit = breakpoints_hit(ids);
    if (end_reason != NULL) {
        control_stop(end_reason, ids, end_detail);
    } else if (clock_tick() >= run.limit) {
        control_stop(STOP_LIMIT, ids, "");
    } else if (hit != 0) {
        control_stop(STOP_BREAKPOINT, ids, "");
    } else if (filter_matches()) {
        control_stop(STOP_STEP, ids, "");
    } else if (clock_slot->pause != 0) {
        control_stop(STOP_PAUSE, ids, "");
    } else if (session.mode == MODE_RECORD && log_full()) {
        control_stop_for_good(STOP_LOG_FULL, "the recording has reached its size limit or the disk is full");
    }
}

static uint64_t arrival;

void run_arrive(void) { arrival = replay_cursor(); }

uint64_t run_arrival(void) { return arrival; }

void run_before_first_event(void)
{
    if (session.mode == MODE_RECORD) {
        signals_deliver(false);
    }
    replay_asynchronous();
}

void run_event(void)
{
    if (session.mode == MODE_OFF) {
        return;
    }
    replay_asynchronous();
    if (take_requested_checkpoint() || run.done) {
        return;
    }
    if (run.mode == RUN_STOP) {
        stop_if_wanted();
        replay_asynchronous(); /* what was changed here while the head was stopped */
        return;
    }
    if (clock_tick() <= run.limit) {
        scan_here();
    }
    if (clock_tick() >= run.limit || end_reason != NULL) {
        finish_scan();
    }
}

void run_end(const char *reason, const char *detail)
{
    end_reason = reason;
    end_detail = detail;
    clock_end_event();
    end_reason = NULL;
}
