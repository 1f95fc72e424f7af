/* The controller's requests to a stopped process (docs/agent-protocol.md, section 5.3). */
#include "commands.h"

#include <string.h>

#include "context.h"
#include "contexts.h"
#include "control.h"
#include "images.h"
#include "jumps.h"
#include "linelog.h"
#include "log.h"
#include "matcher.h"
#include "predicate.h"
#include "program.h"
#include "promote.h"
#include "protocol.h"
#include "raw.h"
#include "replay.h"
#include "runloop.h"
#include "seen.h"
#include "session.h"
#include "text.h"
#include "watch.h"
#include "words.h"

static void answer(const char *word)
{
    struct message *message = control_message();
    message_begin(message, word);
    control_send(message);
}

static void answer_error(const char *text)
{
    struct message *message = control_message();
    message_begin(message, MSG_ERROR);
    message_text(message, text, MAX_LINE / 4);
    control_send(message);
}

static void answer_result(const char *error)
{
    if (error == NULL) {
        answer(MSG_OK);
    } else {
        answer_error(error);
    }
}

static uint64_t number(char **arguments) { return text_unsigned(text_next_word(arguments)); }

static const char *decoded(char **arguments)
{
    char *word = text_next_word(arguments);
    return word != NULL ? text_decode(word) : "";
}

static const char *plain(char **arguments)
{
    const char *word = text_next_word(arguments);
    return word != NULL ? word : "";
}

/* ---- requests: each takes its arguments from the rest of the line ---- */

static void send_registers(char *arguments) { state_send_registers((unsigned)number(&arguments)); }
static void send_threads(char *arguments) { (void)arguments; contexts_send(); }
static void clear_points(char *arguments) { (void)arguments; points_clear(); }
static void clear_watches(char *arguments) { (void)arguments; watch_clear(); }
static void clear_predicate(char *arguments) { (void)arguments; predicate_clear(); }
static void clear_jumps(char *arguments) { (void)arguments; jumps_clear(); }
static void fork_checkpoint(char *arguments) { forks_checkpoint(number(&arguments)); }
static void open_line_log(char *arguments) { answer_result(linelog_open(decoded(&arguments))); }
static void leave(char *arguments) { (void)arguments; RAW(SYS_exit_group, 0); }

static void become_thread(char *arguments)
{
    answer_result(session.role != ROLE_DIVERSION ? "only a diversion changes its thread" : contexts_become((unsigned)number(&arguments)));
}

static void set_lines(char *arguments)
{
    answer_result(linelog_set_lines(decoded(&arguments)));
    points_forget_translations();
}

static void set_registers(char *arguments)
{
    const char *general = plain(&arguments), *vectors = plain(&arguments);
    answer_result(session.role == ROLE_CHECKPOINT ? "a checkpoint stays as it is" : state_set_registers(general, *vectors != '\0' ? vectors : "-"));
}

static void write_memory(char *arguments)
{
    uint64_t address = number(&arguments);
    const char *hex = plain(&arguments);
    answer_result(session.role == ROLE_CHECKPOINT ? "a checkpoint stays as it is" : state_write_memory(address, hex));
}

static void read_memory(char *arguments)
{
    uint64_t address = number(&arguments), length = number(&arguments);
    state_send_memory(address, length);
}

static void add_point(char *arguments)
{
    uint64_t id = number(&arguments), pc = number(&arguments);
    if (!points_add(id, pc)) {
        answer_error("the breakpoint table is full");
    }
}

static void send_reads(char *arguments)
{
    const char *error = reads_send(number(&arguments));
    if (error != NULL) {
        answer_error(error);
    }
}

static void add_watch(char *arguments)
{
    uint64_t id = number(&arguments), address = number(&arguments), length = number(&arguments);
    const char *kind = plain(&arguments);
    const char *error = watch_add(id, address, length, *kind == 'r' ? WATCH_READ : *kind == 'a' ? WATCH_ACCESS : WATCH_CHANGE);
    if (error != NULL) {
        answer_error(error);
    }
}

static void set_state_to_find(char *arguments)
{
    uint64_t registers[16], pc;
    uint64_t pid = number(&arguments);
    if (!state_parse_general(plain(&arguments), registers, &pc)) {
        answer_error("the registers are not 24 words");
        return;
    }
    matcher_set((int)pid, registers, pc);
    answer(MSG_OK);
}

static void set_tick(char *arguments)
{
    runloop_set_tick(number(&arguments));
    program_exact = true;
    answer(MSG_OK);
}

static void add_jump(char *arguments)
{
    uint64_t at = number(&arguments), to = number(&arguments);
    if (!jumps_add(at, to)) {
        answer_error("this jump is before another one, or there are too many");
    }
}

static void promote(char *arguments)
{
    const char *log = decoded(&arguments);
    unsigned slot = (unsigned)number(&arguments);
    const char *stdio = decoded(&arguments);
    if (*stdio == '\0' || session.role != ROLE_REPLICA) {
        answer_error("only a replica can become a head");
        return;
    }
    const char *error = promote_to_head(log, slot, stdio);
    if (error == NULL) {
        program_changed = false;
        jumps_clear(); /* its future is another one */
        runloop_stay_private(); /* a branch may load other code at the addresses others know */
        answer(MSG_PROMOTED);
    } else {
        answer_error(error);
    }
}

static void fork_replica(char *arguments)
{
    uint64_t token = number(&arguments), slot = number(&arguments);
    forks_replica(token, (unsigned)slot, decoded(&arguments));
}

static void fork_diversion(char *arguments)
{
    uint64_t token = number(&arguments), slot = number(&arguments);
    forks_diversion(token, (unsigned)slot);
}

static void set_predicate(char *arguments)
{
    const char *code = plain(&arguments);
    answer_result(predicate_set(code, plain(&arguments)));
}

static void add_predicate_call(char *arguments)
{
    const char *function = plain(&arguments);
    const char *error = predicate_add_call(function, arguments);
    if (error != NULL) {
        answer_error(error);
    }
}

static void take_image(char *arguments)
{
    uint64_t token = number(&arguments);
    const char *path = decoded(&arguments);
    images_take(token, path, number(&arguments));
}

/* ---- dispatch ---- */

static const struct { const char *word; void (*carry_out)(char *arguments); } requests[] = {
    {MSG_REGS, send_registers}, {MSG_REGS_SET, set_registers}, {MSG_THREADS, send_threads}, {MSG_THREAD, become_thread}, {MSG_READ, read_memory}, {MSG_WRITE, write_memory},
    {MSG_FORK_CHECKPOINT, fork_checkpoint}, {MSG_FORK_REPLICA, fork_replica}, {MSG_FORK_DIVERSION, fork_diversion}, {MSG_BP_CLEAR, clear_points}, {MSG_BP_ADD, add_point},
    {MSG_WATCH_CLEAR, clear_watches}, {MSG_WATCH_ADD, add_watch}, {MSG_PREDICATE, set_predicate}, {MSG_PREDICATE_CALL, add_predicate_call}, {MSG_PREDICATE_CLEAR, clear_predicate},
    {MSG_READS, send_reads}, {MSG_LINES, set_lines}, {MSG_LINE_LOG, open_line_log}, {MSG_STATE, set_state_to_find}, {MSG_TICK, set_tick}, {MSG_JUMP, add_jump}, {MSG_JUMP_CLEAR, clear_jumps},
    {MSG_IMAGE, take_image}, {MSG_PROMOTE, promote}, {MSG_EXIT, leave},
};

static void dispatch(const char *word, char *arguments)
{
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        if (strcmp(word, requests[i].word) == 0) {
            requests[i].carry_out(arguments);
            return;
        }
    }
    answer_error("unknown message");
}

/* True if the program is to go on. A run that ends where it begins is answered here. */
static bool take_run(char *words)
{
    const char *error;
    if (session.role == ROLE_CHECKPOINT) {
        answer_error("a checkpoint does not run; fork a replica");
        return false;
    }
    log_take_page();
    replay_look_again();
    if (!program_take_request(words, &error)) {
        answer_error(error);
        return false;
    }
    if (program_request.match && matcher_is_candidate() && matcher_compare()) {
        program_report_match();
        return false;
    }
    if (program_request.limit > runloop_tick()) {
        return true;
    }
    seen_finish();
    if (program_request.mode == PROGRAM_STOP) {
        program_report_position();
    } else {
        scan_finish();
    }
    return false;
}

void commands_serve(void)
{
    for (;;) {
        char *line = control_read_line();
        char *word = text_next_word(&line);
        if (word == NULL) {
            continue;
        }
        if (strcmp(word, MSG_RUN) != 0) {
            dispatch(word, line);
        } else if (take_run(line)) {
            return;
        }
    }
}
