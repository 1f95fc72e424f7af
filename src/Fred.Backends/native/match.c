#include <string.h>

#include "breakpoints.h"
#include "clock.h"
#include "inject.h"
#include "python.h"
#include "request.h"
#include "session.h"
#include "text.h"
#include "threads.h"

bool match_filter(void)
{
    int64_t depth = python_depth();
    bool other = run_request.thread != 0 && run_request.thread != threads_number();
    if (other && run_request.depth >= 0) {
        return !threads_is_alive((unsigned)run_request.thread);
    }
    if (run_request.depth < 0 || depth > run_request.depth) {
        return false;
    }
    if (depth < run_request.depth || clock_where.kind == KIND_RETURN) {
        return true;
    }
    return !run_request.only_returns && clock_where.line >= run_request.line;
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

uint64_t match_breakpoints(char ids[MAX_IDS])
{
    uint64_t first = 0;
    size_t used = 0;
    strcpy(ids, "-");
    if (!run_request.breakpoints || (clock_where.kind != KIND_LINE && clock_where.kind != KIND_CALL)) {
        return 0;
    }
    bool at_call = clock_where.kind == KIND_CALL;
    const struct breakpoint *breakpoint = NULL;
    while ((breakpoint = breakpoints_at(clock_where.probe, at_call, breakpoint)) != NULL) {
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
