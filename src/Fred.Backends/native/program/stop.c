/* Stops. Everything happens on the dispatcher's stack, with the program's registers in the context: a fork taken here goes on from here. */
#include <string.h>

#include "called.h"
#include "clock.h"
#include "context.h"
#include "contexts.h"
#include "commands.h"
#include "control.h"
#include "jumps.h"
#include "log.h"
#include "native.h"
#include "program.h"
#include "protocol.h"
#include "replay.h"
#include "runloop.h"
#include "seen.h"
#include "session.h"
#include "signals.h"
#include "sysdesc.h"
#include "traps.h"
#include "words.h"

enum { DETAIL_BYTES = 4096, MOST_BRIEF = 1000 };

bool program_exact = true;
bool program_changed;

static void report(const char *reason, int signal, const char *ids, const char *detail)
{
    struct message *message = control_message();
    message_begin(message, MSG_STOPPED);
    message_word(message, reason);
    message_unsigned(message, program_exact || session.mode != MODE_RECORD ? runloop_tick() : 0);
    message_unsigned(message, replay_cursor());
    message_unsigned(message, program_exact);
    message_unsigned(message, CONTEXT->pc);
    message_unsigned(message, CONTEXT->r[RSP]);
    message_number(message, signal);
    message_word(message, ids);
    message_text(message, detail, DETAIL_BYTES);
    message_unsigned(message, contexts_current()->number);
    message_unsigned(message, contexts_started());
    control_send(message);
}

void program_report_position(void) { report(STOP_LIMIT, 0, points_at(CONTEXT->pc), ""); }

void program_report_match(void) { report(STOP_MATCH, 0, points_at(CONTEXT->pc), "1 1 0"); }

void program_serve(void)
{
    commands_serve();
    host_resumptions++;
}

/* A replica that reads other values than the head did from memory that is not recorded may miss a call, and make none that would tell. */
static void notice_missed_record(void)
{
    struct record record;
    uint64_t cursor = replay_cursor();
    if (session.mode != MODE_REPLAY || program_changed) {
        return;
    }
    bool is_there = log_record(cursor, &record);
    for (int i = 0; i < MOST_BRIEF && is_there && record.length <= BRIEF_BYTES; i++) { /* which have no tick */
        cursor += record.length;
        is_there = log_record(cursor, &record);
    }
    if (is_there && record.length > BRIEF_BYTES && record.tick < runloop_tick()) {
        static char text[96] = "the program did not come to what the recording has next: ";
        replay_diverged(strcat(text, sysdesc_name(record.nr)));
    }
}

void program_stop(const char *reason, int signal, const char *ids, const char *detail)
{
    called_end(strcmp(reason, STOP_BREAKPOINT) == 0);
    traps_remove();
    jumps_make();
    clock_slot->ticks = runloop_tick();
    runloop_settle();
    log_flush();
    notice_missed_record();
    clock_slot->pause = 0;
    bool scanning = program_request.mode != PROGRAM_STOP;
    scan_finish();
    seen_finish();
    if (!scanning || strcmp(reason, STOP_LIMIT) != 0) {
        report(reason, signal, ids, detail);
    }
    program_serve();
}

/* A breakpoint here is still to be met by the head, but not by copies made here: those begin behind this stop. */
void program_be_located(void)
{
    traps_remove();
    clock_slot->ticks = runloop_tick();
    runloop_settle();
    log_flush();
    report(STOP_LOCATE, 0, "-", "");
    commands_serve();
    if (session.mode != MODE_RECORD) {
        host_resumptions++;
    }
    native_hold();
}

/* What the shared parts know of stops: a blocking call that is to be interrupted is begun again later, so that the program stands before it. */
void control_stop_in_call(const char *reason, const char *detail)
{
    (void)reason, (void)detail;
    runloop_attention = true;
    program_call_again();
}

void control_stop_for_good(const char *reason, const char *detail)
{
    for (;;) {
        program_stop(reason, 0, points_at(CONTEXT->pc), detail);
    }
}

void control_report_position(void) { program_report_position(); }
void control_serve(void) { program_serve(); }
bool control_is_in_call(void) { return false; }

static const char *hexadecimal(uint64_t number)
{
    static char text[20];
    int at = sizeof text - 1;
    do {
        text[--at] = "0123456789abcdef"[number % 16];
        number /= 16;
    } while (number != 0);
    text[--at] = 'x';
    text[--at] = '0';
    return text + at;
}

void host_unsupported(const char *why)
{
    static char text[200];
    strcpy(text, why != NULL ? why : "the program makes a far jump or a 32-bit system call, which Fred cannot follow, at ");
    if (why == NULL) {
        strcat(text, hexadecimal(CONTEXT->pc));
    }
    control_stop_for_good(STOP_UNSUPPORTED, text);
}
