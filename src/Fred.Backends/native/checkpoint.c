/* fork(2) by hand: os.fork's hooks would change the program, CLONE_PARENT makes every copy a child of the launcher (the program's own
 * wait() never sees it), and stale thread ids are what a replica wants. */
#include "checkpoint.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "calls.h"
#include "clock.h"
#include "control.h"
#include "descriptors.h"
#include "hotpages.h"
#include "inject.h"
#include "intercept.h"
#include "log.h"
#include "protocol.h"
#include "python.h"
#include "raw.h"
#include "replay.h"
#include "run.h"

/* The parent waits until the child has copied the shared mappings: the program would change them meanwhile. */
static void wait_for_private_copies(int64_t child)
{
    volatile uint32_t *gate = &session.page->fork_gate;
    struct timespec second = {1, 0};
    while (*gate == 0 && RAW(SYS_tgkill, child, child, 0) == 0) { /* the child may have been killed */
        RAW(SYS_futex, gate, FUTEX_WAIT, 0, &second);
    }
}

static void open_gate(void)
{
    session.page->fork_gate = 1;
    RAW(SYS_futex, &session.page->fork_gate, FUTEX_WAKE, 1);
}

/* Everything a child is before it says who it is: alone, without descriptors, dying with the launcher. */
static void become_fork(uint64_t cursor, bool copy_shared)
{
    RAW(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    clock_after_fork();
    if (copy_shared) {
        memory_make_private();
        open_gate();
    }
    descriptors_close_everything();
    session.control = -1;
    session.mode = MODE_REPLAY;
    log_close();
    replay_park(cursor);
}

static int64_t fork_copy(void)
{
    log_flush();
    bool copy_shared = memory_has_shared();
    uint64_t cursor = replay_cursor();
    clock_before_fork();
    session.page->fork_gate = copy_shared ? 0 : session.page->fork_gate;
    int64_t pid = RAW(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) {
        become_fork(cursor, copy_shared);
    } else if (pid > 0 && copy_shared) {
        wait_for_private_copies(pid);
    }
    return pid;
}

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
