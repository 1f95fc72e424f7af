/* Searches through history: a scan never stops before its limit, it reports. */
#include <string.h>

#include "clock.h"
#include "control.h"
#include "fred.h"
#include "inject.h"
#include "observe.h"
#include "protocol.h"
#include "python.h"
#include "replay.h"
#include "request.h"
#include "run.h"
#include "text.h"
#include "threads.h"

enum { MAX_SCOPE = 4096, MAX_DIGEST = 256, NOT_EVALUABLE = 2, NO_VALUE = -1 };

static struct {
    uint64_t last_match, last_value; /* RUN_LAST */
    int64_t watched;                 /* RUN_WATCH: value so far, NO_VALUE before the first */
} scan;

static char watch_scope[MAX_SCOPE];
static int64_t watch_entry = -1; /* entry tick of the watched activation, -1 for a module */

void scan_begin(void)
{
    memset(&scan, 0, sizeof scan);
    scan.watched = NO_VALUE;
    if (run_request.mode >= RUN_HITS) {
        observe_begin();
    }
}

const char *scan_watch_scope(void) { return watch_scope; }

void run_set_watch_scope(const char *scope)
{
    strncpy(watch_scope, scope, MAX_SCOPE - 1);
    watch_entry = -1;
    if (strncmp(scope, "frame:", 6) == 0) {
        const char *entry = strchr(scope + 6, ':');
        watch_entry = entry != NULL ? (int64_t)text_unsigned(entry + 1) : 0;
    }
}

static void send_match(uint64_t tick, uint64_t value)
{
    struct message *message = control_message();
    message_begin(message, MSG_MATCH);
    message_unsigned(message, tick);
    message_unsigned(message, value);
    control_send(message);
}

void scan_report_end(const char *end_detail)
{
    static char digest[MAX_DIGEST];
    *digest = '\0';
    if (run_request.mode == RUN_LAST && run_request.found > 0) {
        send_match(scan.last_match, scan.last_value);
    } else if (run_request.mode >= RUN_HITS) {
        observe_end(end_detail);
        if (inject_touched) {
            strncpy(digest, observe_digest(), MAX_DIGEST - 1);
        }
    }
    struct message *message = control_message();
    message_begin(message, MSG_SCANNED);
    message_unsigned(message, clock_tick());
    message_unsigned(message, replay_cursor());
    message_unsigned(message, run_request.found);
    message_number(message, clock_where.probe != NULL ? (int64_t)clock_where.probe->id : -1);
    message_number(message, python_depth());
    message_word(message, inject_touched ? "1" : "0");
    message_text(message, digest, MAX_DIGEST);
    control_send(message);
}

int scan_watched_activation(void)
{
    static int depths[MAX_ACTIVATIONS], probes[MAX_ACTIVATIONS];
    static long long entries[MAX_ACTIVATIONS];
    if (watch_entry < 0) {
        return SCOPE_IS_MODULE;
    }
    for (int thread = 0; thread < threads_places(); thread++) { /* a frame of one thread can be watched while another one runs */
        int count = fred_activations(thread, depths, entries, probes, MAX_ACTIVATIONS);
        for (int i = count - 1; i >= 0; i--) {
            if (entries[i] == watch_entry) {
                return i;
            }
        }
    }
    return SCOPE_GONE;
}

static void watch_here(void)
{
    if (clock_tick() % run_request.stride != 0 && clock_tick() < run_request.limit) {
        return;
    }
    int activation = scan_watched_activation();
    int64_t value = activation == SCOPE_GONE ? NOT_EVALUABLE : inject_perturbing("truth", activation, watch_scope, NULL, 0);
    value = value == NO_VALUE ? NOT_EVALUABLE : value;
    if (value != scan.watched) {
        scan.watched = value;
        run_request.found++;
        send_match(clock_tick(), (uint64_t)value);
    }
}

void scan_event(void)
{
    char ids[MAX_IDS];
    if (run_request.mode == RUN_WATCH) {
        watch_here();
        return;
    }
    if (run_request.mode >= RUN_HITS) {
        observe_event();
        return;
    }
    uint64_t id = match_breakpoints(ids);
    if (id == 0 && !match_filter()) {
        return;
    }
    run_request.found++;
    scan.last_match = clock_tick();
    scan.last_value = id;
    if (run_request.mode == RUN_ALL) {
        send_match(scan.last_match, id);
    }
}
