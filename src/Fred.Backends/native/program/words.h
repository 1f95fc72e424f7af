/* The words that only native processes use (docs/agent-protocol.md, section 5). */
#ifndef FRED_WORDS_H
#define FRED_WORDS_H

#define ROLE_NAME_DIVERSION "diversion"

#define MSG_REGS "regs"
#define MSG_REGS_SET "regs-set"
#define MSG_READ "read"
#define MSG_BYTES "bytes"
#define MSG_READS "reads"
#define MSG_WRITE "write"
#define MSG_OK "ok"
#define MSG_WATCH_ADD "watch-add"
#define MSG_WATCH_CLEAR "watch-clear"
#define MSG_PREDICATE "predicate"
#define MSG_PREDICATE_CALL "predicate-call"
#define MSG_PREDICATE_CLEAR "predicate-clear"
#define MSG_LINES "lines"
#define MSG_LINE_LOG "line-log"
#define MSG_STATE "match"
#define MSG_JUMP "jump"
#define MSG_JUMP_CLEAR "jump-clear"
#define MSG_TICK "tick"
#define MSG_FORK_DIVERSION "fork-diversion"
#define MSG_OUTPUT "output"
#define MSG_THREADS "threads"
#define MSG_THREAD "thread"

#define STOP_WATCH "watch"
#define STOP_RANGE "range"
#define STOP_MATCH "match"
#define STOP_LINE "line"
#define STOP_DIVERGED "diverged"

#endif
