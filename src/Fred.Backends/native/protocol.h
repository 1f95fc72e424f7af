/* The words of the agent protocol, version 3 (docs/agent-protocol.md). A test compares this file with its C# and Python twins. */
#ifndef FRED_PROTOCOL_H
#define FRED_PROTOCOL_H

#define PROTOCOL_VERSION 3

#define ROLE_NAME_LAUNCHER "launcher"
#define ROLE_NAME_PROCESS "process"
#define ROLE_NAME_CHECKPOINT "checkpoint"
#define ROLE_NAME_REPLICA "replica"
#define ROLE_NAME_INSPECTOR "inspector"

#define MSG_HELLO "hello"
#define MSG_MODE "mode"
#define MSG_SPAWN "spawn"
#define MSG_SPAWNED "spawned"
#define MSG_KILL "kill"
#define MSG_SIGNAL "signal"
#define MSG_EXITED "exited"
#define MSG_FAILED "failed"
#define MSG_ERROR "error"
#define MSG_NOTICE "notice"

#define MSG_FORK_CHECKPOINT "fork-checkpoint"
#define MSG_FORK_REPLICA "fork-replica"
#define MSG_FORK_INSPECTOR "fork-inspector"
#define MSG_FORKED "forked"
#define MSG_RUN "run"
#define MSG_STOPPED "stopped"
#define MSG_MATCH "match"
#define MSG_SCANNED "scanned"
#define MSG_DIVERGED "diverged"
#define MSG_BP_CLEAR "bp-clear"
#define MSG_BP_ADD "bp-add"
#define MSG_BP_FUNCTION "bp-function"
#define MSG_LOOK "look"
#define MSG_LOOKING "looking"
#define MSG_SEEN "seen"
#define MSG_WATCH "watch"
#define MSG_WATCHING "watching"
#define MSG_EXEC "exec"
#define MSG_EXECUTED "executed"
#define MSG_PROMOTE "promote"
#define MSG_PROMOTED "promoted"
#define MSG_EXIT "exit"

#define STOP_ENTRY "entry"
#define STOP_LIMIT "limit"
#define STOP_STEP "step"
#define STOP_BREAKPOINT "breakpoint"
#define STOP_PAUSE "pause"
#define STOP_EXIT "exit"
#define STOP_EXCEPTION "exception"
#define STOP_SIGNAL "signal"
#define STOP_UNSUPPORTED "unsupported"
#define STOP_LOG_FULL "log-full"
#define STOP_ASKED "asked"

#endif
