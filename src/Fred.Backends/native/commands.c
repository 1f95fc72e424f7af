#include "commands.h"

#include <errno.h>
#include <string.h>

#include "breakpoints.h"
#include "checkpoint.h"
#include "clock.h"
#include "control.h"
#include "expressions.h"
#include "fred.h"
#include "hotpages.h"
#include "snapshot.h"
#include "inject.h"
#include "log.h"
#include "promote.h"
#include "protocol.h"
#include "python.h"
#include "raw.h"
#include "replay.h"
#include "run.h"
#include "session.h"
#include "text.h"

enum { MAX_REASON = 32, MAX_DETAIL = 1024, MAX_REPLY = 16 * 1024 };

static char stop_reason[MAX_REASON], stop_detail[MAX_DETAIL];

void commands_note_stop(const char *reason, const char *detail)
{
    strncpy(stop_reason, reason, MAX_REASON - 1);
    strncpy(stop_detail, detail, MAX_DETAIL - 1);
}

void commands_answer(const char *word)
{
    struct message *message = control_message();
    message_begin(message, word);
    control_send(message);
}

void commands_answer_error(const char *text)
{
    struct message *message = control_message();
    message_begin(message, MSG_ERROR);
    message_text(message, text, MAX_LINE / 4);
    control_send(message);
}

/* The parent's answer to a fork; the child (pid 0) has nothing to say here. */
static void answer_fork(uint64_t token, int64_t pid)
{
    if (pid != 0) {
        struct message *message = control_message();
        message_begin(message, pid > 0 ? MSG_FORKED : MSG_FAILED);
        message_unsigned(message, token);
        message_unsigned(message, (uint64_t)(pid > 0 ? pid : -pid));
        control_send(message);
    }
}

/* ---- inspectors ---- */

static void describe_stop(struct message *json)
{
    static const char *const kinds[] = {"none", "call", "line", "return", "end"};
    const struct where where = control_place();
    const struct probe *probe = where.probe;
    message_begin(json, "{\"tick\":");
    message_append_unsigned(json, clock_tick());
    message_append(json, ",\"kind\":");
    message_append_json(json, kinds[where.kind]);
    message_append(json, ",\"line\":");
    message_append_unsigned(json, (uint64_t)where.line);
    message_append(json, ",\"marks\":");
    message_append_unsigned(json, probe != NULL && where.kind == KIND_LINE ? probe->kinds & (FRED_RAISES | FRED_HANDLES) : 0);
    message_append(json, ",\"depth\":");
    message_append_unsigned(json, (uint64_t)python_depth());
    message_append(json, ",\"file\":");
    message_append_json(json, probe != NULL ? clock_file_path(probe->file) : "");
    message_append(json, ",\"function\":");
    message_append_json(json, probe != NULL ? probe->function : "");
    message_append(json, ",\"reason\":");
    message_append_json(json, stop_reason);
    message_append(json, ",\"detail\":");
    message_append_json(json, stop_detail);
    message_append(json, "}");
    json->bytes[json->used] = '\0';
}

static void inspect(uint64_t token)
{
    if (!python_ready()) {
        answer_fork(token, -EAGAIN);
        return;
    }
    int64_t pid = checkpoint_fork(ROLE_INSPECTOR, token);
    if (pid == 0) {
        python_take_gil();
        describe_stop(control_message());
        python_give_room();
        python_call("inspector", session.control, control_message()->bytes, NULL, 0, NULL);
        RAW(SYS_exit_group, 0);
    }
    answer_fork(token, pid);
}

/* ---- the other forks ---- */

static void fork_checkpoint(uint64_t token)
{
    if (control_is_in_call()) {
        answer_fork(token, -EAGAIN); /* a replica of it would begin in the middle of a system call */
        return;
    }
    checkpoint_freeze();
    answer_fork(token, checkpoint_fork(ROLE_CHECKPOINT, token));
}

static void fork_replica(uint64_t token, uint64_t slot, const char *log)
{
    if (session.mode == MODE_RECORD || control_is_in_call() || slot >= PAGE_SLOTS) {
        answer_fork(token, -EINVAL);
        return;
    }
    answer_fork(token, checkpoint_fork_replica(token, (unsigned)slot, log));
}

/* ---- exec ---- */

static void answer_executed(uint64_t token, const char *status, const char *text)
{
    struct message *message = control_message();
    message_begin(message, MSG_EXECUTED);
    message_unsigned(message, token);
    message_word(message, status);
    message_text(message, text, MAX_REPLY);
    control_send(message);
}

/* `text` of a statement: frame index, newline, source. The agent answers "ok" or "error", newline, output. */
static void execute(uint64_t token, const char *kind, char *text)
{
    static char reply[MAX_REPLY];
    if (session.mode != MODE_RECORD || control_is_in_call() || !python_ready()) {
        answer_executed(token, "error", "the program can only be changed at the live end, stopped at a statement");
        return;
    }
    strcpy(reply, "ok");
    if (strcmp(kind, "freeze") == 0) {
        inject_live(INJECT_FREEZE, 0, "", NULL, 0);
    } else {
        char *source = strchr(text, '\n');
        strcpy(reply, "error\nthe agent raised an exception");
        inject_live(INJECT_STATEMENT, text_number(text), source != NULL ? source + 1 : "", reply, sizeof reply);
    }
    log_flush();
    char *output = strchr(reply, '\n');
    if (output != NULL) {
        *output++ = '\0';
    }
    answer_executed(token, strcmp(reply, "ok") == 0 ? "ok" : "error", output != NULL ? output : "");
}

/* ---- dispatch ---- */

/* An empty path stands for the places where exceptions are raised or handled; the line then says which. */
static void add_breakpoint(char *arguments)
{
    uint64_t id = text_unsigned(text_next_word(&arguments));
    char *path = text_next_word(&arguments), *line = text_next_word(&arguments), *condition = text_next_word(&arguments);
    bool added = false;
    if (path != NULL && line != NULL) {
        const char *file = text_decode(path);
        int64_t number = text_number(line);
        added = *file == '\0' ? breakpoints_add_marked(id, (uint8_t)(number & (FRED_RAISES | FRED_HANDLES)))
                              : breakpoints_add(id, file, (int32_t)number, condition != NULL ? text_decode(condition) : "");
    }
    if (!added) {
        commands_answer_error("the breakpoint table is full");
    }
}

static void add_function(char *arguments)
{
    uint64_t id = text_unsigned(text_next_word(&arguments));
    char *function = text_next_word(&arguments), *condition = text_next_word(&arguments);
    if (function == NULL || !breakpoints_add_function(id, text_decode(function), condition != NULL ? text_decode(condition) : "")) {
        commands_answer_error("the breakpoint table is full");
    }
}

static void promote(char *arguments)
{
    char *log = text_next_word(&arguments), *slot = text_next_word(&arguments), *stdio = text_next_word(&arguments);
    if (stdio == NULL || session.role != ROLE_REPLICA || session.lenient || control_is_in_call()) {
        commands_answer_error("only an unperturbed replica at a statement can become a head");
        return;
    }
    const char *error = promote_to_head(text_decode(log), (unsigned)text_unsigned(slot), text_decode(stdio));
    if (error == NULL) {
        commands_answer(MSG_PROMOTED);
    } else {
        commands_answer_error(error);
    }
}

static void dispatch(const char *word, char *arguments)
{
    if (strcmp(word, MSG_FORK_CHECKPOINT) == 0) {
        fork_checkpoint(text_unsigned(text_next_word(&arguments)));
    } else if (strcmp(word, MSG_FORK_REPLICA) == 0) {
        uint64_t token = text_unsigned(text_next_word(&arguments)), slot = text_unsigned(text_next_word(&arguments));
        char *log = text_next_word(&arguments);
        fork_replica(token, slot, log != NULL ? text_decode(log) : "");
    } else if (strcmp(word, MSG_FORK_INSPECTOR) == 0) {
        inspect(text_unsigned(text_next_word(&arguments)));
    } else if (strcmp(word, MSG_BP_CLEAR) == 0) {
        breakpoints_clear();
    } else if (strcmp(word, MSG_BP_ADD) == 0) {
        add_breakpoint(arguments);
    } else if (strcmp(word, MSG_BP_FUNCTION) == 0) {
        add_function(arguments);
    } else if (strcmp(word, MSG_LOOK) == 0) {
        expressions_look(arguments);
    } else if (strcmp(word, MSG_WATCH) == 0) {
        expressions_watch(arguments);
    } else if (strcmp(word, MSG_EXEC) == 0) {
        uint64_t token = text_unsigned(text_next_word(&arguments));
        char *kind = text_next_word(&arguments), *text = text_next_word(&arguments);
        execute(token, kind != NULL ? kind : "", text != NULL ? text_decode(text) : "");
    } else if (strcmp(word, MSG_PROMOTE) == 0) {
        promote(arguments);
    } else if (strcmp(word, MSG_IMAGE) == 0) {
        uint64_t token = text_unsigned(text_next_word(&arguments));
        char *path = text_next_word(&arguments);
        snapshot_take(token, path != NULL ? text_decode(path) : "", text_unsigned(text_next_word(&arguments)));
    } else if (strcmp(word, MSG_EXIT) == 0) {
        RAW(SYS_exit_group, 0);
    } else {
        commands_answer_error("unknown message");
    }
}

void commands_serve(void)
{
    if (session.role == ROLE_REPLICA) {
        hot_pages_learn(HOT_REPLICA);
    }
    for (;;) {
        char *line = control_read_line();
        char *word = text_next_word(&line);
        if (word == NULL) {
            continue;
        }
        if (strcmp(word, MSG_RUN) != 0) {
            dispatch(word, line);
        } else if (session.role == ROLE_CHECKPOINT) {
            commands_answer_error("a checkpoint does not run; fork a replica");
        } else {
            run_begin(line);
            if (!run_is_over()) {
                return;
            }
            run_answer_at_once();
        }
    }
}
