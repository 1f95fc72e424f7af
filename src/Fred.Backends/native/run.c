#include "run.h"

#include <string.h>

#include "asks.h"
#include "checkpoint.h"
#include "clock.h"
#include "control.h"
#include "follow.h"
#include "log.h"
#include "mirrors.h"
#include "protocol.h"
#include "replay.h"
#include "request.h"
#include "session.h"
#include "snapshot.h"
#include "signals.h"
#include "text.h"

struct run_request run_request = {.limit = UINT64_MAX, .depth = -1};

static uint64_t seen_token;    /* last checkpoint request that was served */
static const char *end_reason; /* set while the end event is handled */
static const char *end_detail;

static enum run_mode parse_mode(const char *name)
{
    static const char *const names[] = {
        [RUN_STOP] = "stop", [RUN_LAST] = "last", [RUN_ALL] = "all", [RUN_WATCH] = "watch", [RUN_HITS] = "hits", [RUN_CHANGES] = "changes", [RUN_CALLS] = "calls", [RUN_EVENTS] = "events"};
    for (int mode = RUN_STOP; mode <= RUN_EVENTS; mode++) {
        if (strcmp(name, names[mode]) == 0) {
            return (enum run_mode)mode;
        }
    }
    return RUN_STOP;
}

void run_begin(char *words)
{
    log_take_page();
    memset(&run_request, 0, sizeof run_request);
    run_request.limit = UINT64_MAX;
    run_request.depth = -1;
    run_request.stride = 1;
    run_request.most = UINT64_MAX;
    for (char *word; (word = text_next_word(&words)) != NULL;) {
        const char *value;
        if ((value = text_option(word, "limit")) != NULL) {
            run_request.limit = text_unsigned(value);
        } else if ((value = text_option(word, "depth")) != NULL) {
            run_request.depth = text_number(value);
        } else if ((value = text_option(word, "line")) != NULL) {
            run_request.line = text_number(value);
        } else if ((value = text_option(word, "thread")) != NULL) {
            run_request.thread = text_unsigned(value);
        } else if ((value = text_option(word, "turns")) != NULL) {
            run_request.turns = text_number(value) != 0;
        } else if ((value = text_option(word, "ret")) != NULL) {
            run_request.only_returns = text_number(value) != 0;
        } else if ((value = text_option(word, "bp")) != NULL) {
            run_request.breakpoints = text_number(value) != 0;
        } else if ((value = text_option(word, "mode")) != NULL) {
            run_request.mode = parse_mode(value);
        } else if ((value = text_option(word, "most")) != NULL) {
            run_request.most = text_unsigned(value);
        } else if ((value = text_option(word, "stride")) != NULL) {
            run_request.stride = text_unsigned(value) > 0 ? text_unsigned(value) : 1;
        }
    }
    scan_begin();
}

bool run_is_over(void) { return run_request.limit <= clock_tick() && !control_is_in_call(); }

void run_answer_at_once(void)
{
    if (run_request.mode == RUN_STOP) {
        control_report_position();
    } else {
        scan_report_end(NULL);
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
        && (checkpoint_requested() || asks_pending() || clock_slot->pause != 0 || signals_pending());
}

uint64_t run_next_interesting_tick(void)
{
    uint64_t target = run_request.limit;
    if (session.mode == MODE_OFF || run_request.done) {
        return UINT64_MAX;
    }
    if (run_request.depth >= 0 || run_request.mode == RUN_EVENTS) {
        target = 0;
    } else if (run_request.mode == RUN_WATCH || run_request.mode == RUN_CHANGES) {
        uint64_t next = clock_tick() - clock_tick() % run_request.stride + run_request.stride;
        target = next < target ? next : target;
    }
    uint64_t wake = replay_wake_tick();
    return wake < target ? wake : target;
}

static void finish_scan(void)
{
    scan_report_end(end_detail);
    run_request.done = true;
    control_serve();
}

static bool take_requested_checkpoint(void)
{
    uint64_t wish = clock_slot->checkpoint_token, token = wish & ~(uint64_t)CHECKPOINT_WITH_IMAGE;
    if (!checkpoint_requested()) {
        return false;
    }
    seen_token = wish;
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
    if ((wish & CHECKPOINT_WITH_IMAGE) && pid > 0 && snapshot_take_here(token)) {
        control_serve();
        return true;
    }
    return false;
}

static void stop_if_wanted(void)
{
    char ids[MAX_IDS];
    uint64_t hit = match_breakpoints(ids);
    if (end_reason != NULL) {
        control_stop(end_reason, ids, end_detail);
    } else if (clock_tick() >= run_request.limit) {
        control_stop(STOP_LIMIT, ids, "");
    } else if (hit != 0) {
        control_stop(STOP_BREAKPOINT, ids, "");
    } else if (match_filter()) {
        control_stop(STOP_STEP, ids, "");
    } else if (clock_slot->pause != 0) {
        control_stop(STOP_PAUSE, ids, "");
    } else if (session.mode == MODE_RECORD && log_full()) {
        control_stop_for_good(STOP_LOG_FULL, "the recording has reached its size limit or the disk is full");
    }
}

void run_stop_next(void)
{
    run_request.limit = clock_tick() + 1;
    clock_slot->target = 0;
}

static uint64_t arrival;

void run_arrive(void) { arrival = replay_cursor(); }

uint64_t run_arrival(void) { return arrival; }

void run_before_first_event(void)
{
    if (session.mode == MODE_RECORD) {
        mirrors_at_tick();
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
    if (take_requested_checkpoint() || run_request.done || asks_serve()) {
        return;
    }
    if (run_request.mode == RUN_STOP) {
        stop_if_wanted();
        replay_asynchronous(); /* what was changed here while the head was stopped */
        return;
    }
    if (clock_tick() <= run_request.limit) {
        scan_event();
    }
    if (clock_tick() >= run_request.limit || end_reason != NULL || run_request.doubtful >= run_request.most) {
        finish_scan();
    }
}

void run_end(const char *reason, const char *detail)
{
    follow_tell_missing();
    end_reason = reason;
    end_detail = detail;
    clock_end_event();
    end_reason = end_detail = NULL;
}

void run_end_in_call(const char *reason, const char *detail)
{
    follow_tell_missing();
    if (clock_where.kind != KIND_END) {
        clock_end_in_call();
        run_arrive();
    }
    if (run_request.mode != RUN_STOP) {
        end_detail = detail;
        finish_scan();
    }
    control_stop_in_call(reason, detail);
}
