/* fork(2) by hand: os.fork's hooks would change the program, CLONE_PARENT makes every copy a child of the launcher (the program's own
 * wait() never sees it), and stale thread ids are what a replica wants. */
#include "fork.h"

#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>

#include "calls.h"
#include "clock.h"
#include "descriptors.h"
#include "log.h"
#include "raw.h"
#include "replay.h"
#include "session.h"
#include "threads.h"

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
void fork_become(uint64_t cursor, bool copy_shared)
{
    RAW(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    clock_after_fork();
    threads_after_fork();
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

static int64_t copy(int64_t flags)
{
    log_flush();
    bool copy_shared = memory_has_shared();
    uint64_t cursor = replay_cursor();
    clock_before_fork();
    session.page->fork_gate = copy_shared ? 0 : session.page->fork_gate;
    int64_t pid = RAW(SYS_clone, flags, 0, 0, 0, 0);
    if (pid == 0) {
        fork_become(cursor, copy_shared);
    } else if (pid > 0 && copy_shared) {
        wait_for_private_copies(pid);
    }
    return pid;
}

int64_t fork_copy(void) { return copy(CLONE_PARENT | SIGCHLD); }
int64_t fork_child(void) { return copy(0); }
