/* Run requests, and what becomes of them when the program gets somewhere. */
#include <string.h>

#include "calm.h"
#include "clock.h"
#include "context.h"
#include "contexts.h"
#include "control.h"
#include "jumps.h"
#include "linelog.h"
#include "matcher.h"
#include "native.h"
#include "predicate.h"
#include "program.h"
#include "protocol.h"
#include "replay.h"
#include "runloop.h"
#include "session.h"
#include "text.h"
#include "turns.h"
#include "watch.h"
#include "words.h"

enum { DEFAULT_MATCHES = 1000000 };

struct program_request program_request = {.limit = UINT64_MAX};
static uint64_t own_line_sp; /* while another thread runs than the one whose lines count */
static uint64_t next_step = UINT64_MAX; /* with a range: where to look at the pc next */

static uint64_t earlier(uint64_t a, uint64_t b) { return a < b ? a : b; }

static enum program_mode parse_mode(const char *name)
{
    return strcmp(name, "first") == 0 ? PROGRAM_FIRST : strcmp(name, "last") == 0 ? PROGRAM_LAST : strcmp(name, "all") == 0 ? PROGRAM_ALL : PROGRAM_STOP;
}

static void parse_range(const char *value, struct program_request *request)
{
    const char *colon = strchr(value, ':');
    if (colon != NULL) {
        request->range_low = text_unsigned(value);
        request->range_high = text_unsigned(colon + 1);
    }
}

static void parse_word(const char *word, struct program_request *request, uint64_t *line_sp)
{
    const char *value;
    if ((value = text_option(word, "limit")) != NULL) {
        request->limit = request->last = text_unsigned(value);
    } else if ((value = text_option(word, "steps")) != NULL) {
        request->limit = earlier(runloop_tick() + text_unsigned(value), request->last);
        request->one_step = text_unsigned(value) == 1;
    } else if ((value = text_option(word, "thread")) != NULL) {
        request->thread = (unsigned)text_unsigned(value);
    } else if ((value = text_option(word, "bp")) != NULL) {
        request->breaks = text_number(value) != 0;
    } else if ((value = text_option(word, "watch")) != NULL) {
        request->watches = text_number(value) != 0;
    } else if ((value = text_option(word, "reads")) != NULL) {
        request->reads = text_unsigned(value) != 0;
        reads_begin(text_unsigned(value));
    } else if ((value = text_option(word, "range")) != NULL) {
        parse_range(value, request);
    } else if ((value = text_option(word, "match")) != NULL) {
        request->match = text_number(value) != 0;
    } else if ((value = text_option(word, "lines")) != NULL) {
        request->lines = text_number(value) != 0;
    } else if ((value = text_option(word, "line-stop")) != NULL) {
        request->line_stop = text_number(value) != 0;
    } else if ((value = text_option(word, "line-sp")) != NULL) {
        *line_sp = text_unsigned(value);
    } else if ((value = text_option(word, "stop-signals")) != NULL) {
        request->stop_signals = text_unsigned(value);
    } else if ((value = text_option(word, "signal")) != NULL) {
        request->drop_signal = text_number(value) == 0;
    } else if ((value = text_option(word, "mode")) != NULL) {
        request->mode = parse_mode(value);
    } else if ((value = text_option(word, "predicate")) != NULL) {
        request->predicate = parse_mode(value);
        request->watches = request->predicate != PROGRAM_STOP;
    } else if ((value = text_option(word, "calls")) != NULL) {
        request->calls = text_unsigned(value);
    } else if ((value = text_option(word, "max")) != NULL) {
        request->most = text_unsigned(value);
    }
}

bool program_take_request(char *words, const char **error)
{
    struct program_request request = {.begun = runloop_tick(), .limit = UINT64_MAX, .last = UINT64_MAX, .most = DEFAULT_MATCHES, .calls = UINT64_MAX};
    uint64_t line_sp = 0;
    for (char *word; (word = text_next_word(&words)) != NULL;) {
        parse_word(word, &request, &line_sp);
    }
    *error = request.lines && !linelog_ready()                             ? "there is no line log"
        : request.match && !matcher_ready()                                ? "there is no state to find"
        : request.mode != PROGRAM_STOP && session.mode == MODE_RECORD      ? "a head does not scan"
                                                                           : NULL;
    if (*error != NULL) {
        return false;
    }
    program_request = request;
    next_step = request.range_low != request.range_high ? runloop_tick() + 1 : UINT64_MAX;
    scan_clear();
    if (request.predicate != PROGRAM_STOP) {
        predicate_begin();
    }
    calm_begin();
    points_apply();
    if (request.lines || request.line_stop) {
        linelog_begin(line_sp);
    }
    if (request.lines) {
        instrumentation.line_depths = line_sp != 0 || request.thread != 0;
    }
    own_line_sp = CONTEXT->line_sp;
    if (request.thread != 0 && request.thread != contexts_current()->number) {
        request_thread_leaves();
    }
    if (request.watches) {
        watch_bind(true);
    }
    if (request.match) {
        matcher_begin();
    }
    return true;
}

/* Candidates, full comparisons, and where the last one failed. */
static const char *match_detail(void)
{
    static char detail[80];
    size_t used = text_format(detail, matcher_candidates);
    detail[used++] = ' ';
    used += text_format(detail + used, matcher_comparisons);
    detail[used++] = ' ';
    text_format(detail + used, matcher_difference);
    return detail;
}

/* ---- the thread of a step ---- */

/* No frame of another thread is as high as this. */
static const uint64_t no_line = (uint64_t)1 << 63;

void request_thread_leaves(void)
{
    if (program_request.thread == 0 || CONTEXT->line_sp == no_line) {
        return;
    }
    CONTEXT->line_sp = no_line;
    program_request.limit = program_request.one_step ? program_request.last : program_request.limit;
}

/* A step does not go on beyond the end of its thread. */
void request_thread_arrives(bool in_call)
{
    if (program_request.thread == 0) {
        return;
    }
    if (program_request.thread == contexts_current()->number) {
        CONTEXT->line_sp = own_line_sp;
        program_request.limit = program_request.one_step ? earlier(runloop_tick() + !in_call, program_request.last) : program_request.limit;
    } else if (contexts_by_number(program_request.thread) == NULL) {
        program_request.limit = runloop_tick();
    }
}

/* ---- arriving ---- */

uint64_t host_goal(void)
{
    uint64_t goal = program_request.limit < next_step ? program_request.limit : next_step;
    uint64_t wake = replay_wake_tick(), leaving = native_translate_until(), jump = jumps_next(runloop_tick());
    goal = wake < goal ? wake : goal;
    goal = jump < goal ? jump : goal;
    goal = turns_end() < goal ? turns_end() : goal;
    return leaving < goal && leaving > runloop_tick() ? leaving : goal;
}

/* At the limit, which nothing that is looked for at this very tick comes before. */
static void arrive_at_limit(void)
{
    unsigned before = host_resumptions;
    if (instrumentation.watches) {
        host_watch(CONTEXT->last_pc);
    }
    if (before == host_resumptions && instrumentation.breaks && armed_at(CONTEXT->pc)) {
        host_break();
    }
    if (before == host_resumptions && program_request.match && matcher_is_candidate()) {
        host_match();
    }
    if (before == host_resumptions) {
        program_stop(STOP_LIMIT, 0, points_at(CONTEXT->pc), program_request.match ? match_detail() : "");
    }
}

/* A signal that is due at the limit is not delivered yet: that would be one tick more. */
void host_arrive(void)
{
    unsigned before = host_resumptions;
    if (program_request.match && matcher_is_candidate()) {
        host_match(); /* the state before what happens at this tick */
    }
    if (before != host_resumptions) {
        return;
    }
    jumps_make();
    if (events_repeat()) {
        return;
    }
    uint64_t tick = runloop_tick();
    if (tick >= program_request.limit) {
        arrive_at_limit();
    } else if (tick >= turns_end()) {
        turns_over();
    } else if (!events_meet()) {
        bool has_range = program_request.range_low != program_request.range_high;
        next_step = has_range ? tick + 1 : UINT64_MAX;
        if (has_range && (CONTEXT->pc < program_request.range_low || CONTEXT->pc >= program_request.range_high)) {
            program_stop(STOP_RANGE, 0, points_at(CONTEXT->pc), "");
        }
    }
}

bool host_instrumented(void)
{
    return instrumentation.breaks || instrumentation.watches || instrumentation.lines || instrumentation.line_stops || instrumentation.match != 0 || instrumentation.loads;
}

/* ---- finding ---- */

void program_arm_entry(uint64_t pc)
{
    armed_add(pc);
    instrumentation.breaks = true;
}

static void stop_at_entry(void)
{
    armed_clear();
    points_forget_translations();
    runloop_set_tick(0);
    session.started = true;
    program_stop(STOP_ENTRY, 0, "-", "");
}

void host_break(void)
{
    if (!session.started) {
        stop_at_entry();
        return;
    }
    unsigned before = host_resumptions;
    if (program_request.match && matcher_is_candidate()) {
        host_match(); /* who stops here first does not look for it any more */
    }
    if (before != host_resumptions) {
        return;
    }
    const char *ids = points_at(CONTEXT->pc);
    if (program_request.line_stop && !(program_request.breaks && armed_at(CONTEXT->pc))) {
        program_stop(STOP_LINE, 0, "-", "");
    } else if (program_request.mode == PROGRAM_STOP) {
        program_stop(STOP_BREAKPOINT, 0, ids, "");
    } else {
        scan_note(runloop_tick(), ids, CONTEXT->pc, NULL, 0);
    }
}

void host_match(void)
{
    if (matcher_compare()) {
        program_stop(STOP_MATCH, 0, points_at(CONTEXT->pc), match_detail());
    }
}
