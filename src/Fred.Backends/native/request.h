/* The `run` request in force (docs/agent-protocol.md, section 2.5), shared by the files that carry it out. */
#ifndef FRED_REQUEST_H
#define FRED_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

enum run_mode { RUN_STOP, RUN_LAST, RUN_ALL, RUN_WATCH };

enum { MAX_IDS = 256 };

struct run_request {
    enum run_mode mode;
    uint64_t limit;
    int64_t depth;     /* of the step filter; -1: none */
    int64_t line;
    bool only_returns;
    bool breakpoints;
    uint64_t stride;   /* RUN_WATCH: ticks between evaluations */
    bool done;         /* a scan that has reported its end */
};

extern struct run_request run_request;

/* match.c: does this event satisfy the step filter? */
bool match_filter(void);
/* Ids of the breakpoints hit by this event, with commas, or "-". Evaluates conditions. Returns the first id, 0 for none. */
uint64_t match_breakpoints(char ids[MAX_IDS]);

/* scan.c: forgets the results of an earlier scan; looks at this event; reports the end. */
void scan_begin(void);
void scan_event(void);
void scan_report_end(void);

#endif
