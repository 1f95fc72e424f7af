/* fork(2) by hand: os.fork's hooks would change the program, CLONE_PARENT makes every copy a child of the launcher (the program's own
 * wait() never sees it), and stale thread ids are what a replica wants. */
#include "fork.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
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

/* ---- below the launcher ---- */

/* The kernel gives orphans of a session to its launcher. Until it has, the copy must not ask to die with its parent. */
static void wait_for_adoption(int between)
{
    while (RAW(SYS_getppid) == between) {
        struct pollfd parent = {(int)RAW(SYS_pidfd_open, between, 0), POLLIN, 0};
        if (parent.fd >= 0) {
            RAW(SYS_poll, &parent, 1, -1);
            RAW(SYS_close, parent.fd);
        }
    }
}

/* A recorded child of the program's: a copy with the same parent would be one more child for that to wait for. So it is an orphan's; the process in between is one
 * that the program's own waits do not see. */
static int64_t fork_away(void)
{
    static volatile int between;
    static volatile int64_t made;
    uint64_t all = ~(uint64_t)0, before;
    RAW(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
    int64_t result = fred_fork_away(&between, &made);
    if (result == 0) {
        session.followed = false;
        wait_for_adoption(between);
    } else if (result > 0) {
        while (RAW(SYS_wait4, result, NULL, __WALL, NULL) == -EINTR) {
        }
        result = made;
    }
    RAW(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof before);
    return result;
}

int64_t fork_below_launcher(void) { return session.followed ? fork_away() : RAW(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0); }

static int64_t copy(bool below_launcher)
{
    log_flush();
    bool copy_shared = memory_has_shared();
    uint64_t cursor = replay_cursor();
    clock_before_fork();
    session.page->fork_gate = copy_shared ? 0 : session.page->fork_gate;
    int64_t pid = below_launcher ? fork_below_launcher() : RAW(SYS_clone, 0, 0, 0, 0, 0);
    if (pid == 0) {
        fork_become(cursor, copy_shared);
    } else if (pid > 0 && copy_shared) {
        wait_for_private_copies(pid);
    }
    return pid;
}

int64_t fork_copy(void) { return copy(true); }
int64_t fork_child(void) { return copy(false); }
