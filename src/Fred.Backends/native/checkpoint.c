#include "checkpoint.h"

#include <string.h>

#include "clock.h"
#include "control.h"
#include "fork.h"
#include "hotpages.h"
#include "inject.h"
#include "intercept.h"
#include "log.h"
#include "protocol.h"
#include "python.h"
#include "raw.h"
#include "replay.h"
#include "run.h"
#include "threads.h"

static void connect_as(enum role role, const char *name, uint64_t token)
{
    session.role = role;
    if (control_connect() < 0) {
        RAW(SYS_exit_group, EXIT_NO_CONTROLLER);
    }
    control_hello(name, token);
}

int64_t checkpoint_fork(enum role role, uint64_t token)
{
    int64_t pid = fork_copy();
    if (pid == 0) {
        if (role == ROLE_INSPECTOR) {
            hot_pages_touch(HOT_INSPECTOR);
            if (threads_exist()) {
                intercept_on(); /* for futex_alone */
            }
        }
        session.mode = role == ROLE_INSPECTOR ? MODE_OFF : MODE_REPLAY;
        connect_as(role, role == ROLE_INSPECTOR ? ROLE_NAME_INSPECTOR : ROLE_NAME_CHECKPOINT, token);
        if (role == ROLE_CHECKPOINT) {
            control_report_position();
        }
    }
    return pid;
}

void checkpoint_take_slot(unsigned slot)
{
    clock_move_to(&session.page->slots[slot], clock_tick());
    run_forget_requests();
}

int64_t checkpoint_fork_replica(uint64_t token, unsigned slot, const char *log)
{
    static char path[4096]; /* `log` is in the input buffer, which connecting empties */
    strncpy(path, log, sizeof path - 1);
    uint64_t cursor = replay_cursor();
    int64_t pid = fork_copy();
    if (pid != 0) {
        return pid;
    }
    hot_pages_touch(HOT_REPLICA);
    session.role = ROLE_REPLICA;
    int result = log_open(path);
    if (result < 0 || intercept_on() < 0) {
        RAW(SYS_exit_group, EXIT_NO_CONTROLLER);
    }
    checkpoint_take_slot(slot);
    replay_start(cursor);
    if (!threads_recreate()) {
        RAW(SYS_exit_group, EXIT_NO_CONTROLLER);
    }
    /* What the user changed at this tick after the checkpoint was taken belongs to the tick's state. The controller may not
     * hear of a divergence before the hello, so connect first. */
    if (control_connect() < 0) {
        RAW(SYS_exit_group, EXIT_NO_CONTROLLER);
    }
    replay_asynchronous();
    control_hello(ROLE_NAME_REPLICA, token);
    control_report_position();
    return 0;
}

void checkpoint_freeze(void)
{
    if (session.gc_freeze && session.mode == MODE_RECORD && python_ready()) {
        inject_live(INJECT_FREEZE, 0, "", NULL, 0);
    }
}
