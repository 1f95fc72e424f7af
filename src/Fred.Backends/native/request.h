/* The `run` request in force (docs/agent-protocol.md, section 2.5), shared by the files that carry it out. */
#ifndef FRED_REQUEST_H
#define FRED_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

enum run_mode { RUN_STOP, RUN_LAST, RUN_ALL, RUN_WATCH, RUN_HITS, RUN_CHANGES, RUN_CALLS, RUN_EVENTS };

enum { MAX_IDS = 256 };

struct run_request {
    enum run_mode mode;
    uint64_t limit;
    int64_t depth;     /* of the step filter; -1: none */
    int64_t line;
    uint64_t thread;   /* of the step filter: only its events match while it lives; 0: any */
    bool only_returns;
    bool turns;        /* stop wherever another thread gets its turn, before it does */
    bool breakpoints;
    uint64_t stride;   /* RUN_WATCH: ticks between evaluations */
    bool done;         /* a scan that has reported its end */
    uint64_t found;    /* matches or observations so far */
    uint64_t doubtful; /* observations of a process that may have changed the program */
    uint64_t most;     /* the scan ends after this many of those */
};

extern struct run_request run_request;

/* match.c: does this event satisfy the step filter? */
bool match_filter(void);
/* Ids of the breakpoints hit by this event, with commas, or "-". Evaluates conditions. Returns the first id, 0 for none. */
uint64_t match_breakpoints(char ids[MAX_IDS]);

/* scan.c: forgets the results of an earlier scan; looks at this event; reports the end. */
void scan_begin(void);
void scan_event(void);
void scan_report_end(const char *end_detail);

/* For observe.c, which asks in the same scope: the watched activation's position in the shadow stack, SCOPE_IS_MODULE or SCOPE_GONE. */
enum { SCOPE_IS_MODULE = -1, SCOPE_GONE = -2, SCOPE_IS_GONE = 2 /* the agent's answer */ };
int scan_watched_activation(void);
const char *scan_watch_scope(void);

#endif
