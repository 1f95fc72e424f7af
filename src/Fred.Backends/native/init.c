/* Start of a Python process: the constructor runs before the program's first instruction, so everything it does is in the recording. */
#include <string.h>

#include "clock.h"
#include "control.h"
#include "fdtable.h"
#include "follow.h"
#include "fred.h"
#include "hotpages.h"
#include "snapshot.h"
#include "intercept.h"
#include "patched.h"
#include "protocol.h"
#include "python.h"
#include "replay.h"
#include "run.h"
#include "schedule.h"
#include "session.h"
#include "signals.h"
#include "start.h"
#include "text.h"

static void read_option(const char *word)
{
    const char *value;
    if ((value = text_option(word, "gc")) != NULL) {
        session.gc_freeze = strcmp(value, "freeze") == 0;
    } else if ((value = text_option(word, "schedule")) != NULL && strncmp(value, "random:", 7) == 0) {
        schedule_set_random(text_unsigned(value + 7));
    } else if ((value = text_option(word, "follow")) != NULL) {
        follow_choose(text_unsigned(value));
    } else if ((value = text_option(word, "hash")) != NULL && text_number(value) != 0) {
        clock_hash_events();
    }
}

__attribute__((constructor)) static void begin(void)
{
    if (!snapshot_begins_later()) {
        snapshot_begin_session();
    }
}

void snapshot_begin_session(void)
{
    if (!start_session()) {
        return;
    }
    session.gc_freeze = true;
    start_obey_mode(read_option);
    if (session.populate) {
        hot_pages_init();
    }
    signals_init();
    fdtable_init();
    patched_init();
    if (intercept_on() < 0) {
        start_give_up("this kernel has no syscall user dispatch (Linux 5.11 or newer on x86-64 is needed)");
    }
}

int fred_active(void) { return session.mode != MODE_OFF; }

void fred_start(PyObject *callback)
{
    python_set_callback(callback);
    if (session.mode == MODE_OFF) {
        return;
    }
    session.started = true;
    clock_stack = __builtin_frame_address(0);
    run_arrive();
    control_stop(STOP_ENTRY, "-", "");
    replay_asynchronous();
    clock_set_target();
}

void fred_answered(void) { hot_pages_learn(HOT_INSPECTOR); }

void fred_end(int kind, int status, const char *detail)
{
    static char text[512]; /* status, then what there is to say */
    if (session.mode == MODE_OFF || follow_part()) {
        return;
    }
    if (kind == FRED_END_EXCEPTION) {
        run_end(STOP_EXCEPTION, detail);
        return;
    }
    size_t used = text_format(text, (uint64_t)(uint32_t)status);
    if (*detail != '\0') {
        text[used++] = ' ';
        strncpy(text + used, detail, sizeof text - used - 1);
    }
    run_end(STOP_EXIT, text);
}
