/* Stops of a Python program: what is said of them, and waiting there. */
#include "clock.h"
#include "commands.h"
#include "control.h"
#include "log.h"
#include "protocol.h"
#include "python.h"
#include "run.h"
#include "threads.h"

static bool in_call;

static const char *const kind_names[] = {
    [KIND_NONE] = "none", [KIND_CALL] = "call", [KIND_LINE] = "line", [KIND_RETURN] = "return", [KIND_END] = "end"};

struct where control_place(void)
{
    return in_call && clock_where.kind != KIND_END ? (struct where){NULL, KIND_NONE, 0} : clock_where;
}

static void report(const char *reason, const char *breakpoints, const char *detail)
{
    const struct where where = control_place();
    const struct probe *probe = where.probe;
    struct message *output = control_message();
    message_begin(output, MSG_STOPPED);
    message_word(output, reason);
    message_unsigned(output, clock_tick());
    message_unsigned(output, run_arrival());
    message_number(output, python_depth());
    message_word(output, kind_names[where.kind]);
    message_number(output, where.line);
    message_number(output, probe != NULL ? (int64_t)probe->id : -1);
    message_word(output, breakpoints);
    message_text(output, probe != NULL ? clock_file_path(probe->file) : "", MAX_LINE / 12);
    message_text(output, probe != NULL ? probe->function : "", MAX_LINE / 12);
    message_text(output, detail, MAX_LINE / 12);
    message_unsigned(output, threads_number());
    message_unsigned(output, threads_started());
    control_send(output);
    commands_note_stop(reason, detail);
}

void control_report_position(void) { report(STOP_LIMIT, "-", ""); }

void control_serve(void) { commands_serve(); }

void control_stop(const char *reason, const char *breakpoints, const char *detail)
{
    log_flush();
    clock_slot->pause = 0;
    report(reason, breakpoints, detail);
    commands_serve();
}

void control_stop_in_call(const char *reason, const char *detail)
{
    in_call = true;
    control_stop(reason, "-", detail);
    in_call = false;
}

void control_stop_for_good(const char *reason, const char *detail)
{
    for (;;) {
        control_stop_in_call(reason, detail);
    }
}

bool control_is_in_call(void) { return in_call; }
