#include "identity.h"

#include <sys/resource.h>

#include "raw.h"
#include "session.h"
#include "threads.h"

static bool off = true, kernel;
static int64_t begun;               /* the number that libc noted: the kernel's for the process at its exec, of which this one may be a fork */
static int64_t known, known_parent; /* 0: the kernel's */
static int64_t left_pid;            /* in a child of the program: the kernel's number of that */

static int64_t real_pid(void) { return RAW(SYS_getpid); }

void identity_begin(bool head)
{
    off = kernel;
    begun = real_pid();
    known = head ? begun : 0;
}

void identity_of_kernel(void) { off = kernel = true; }

void identity_become_live(void) { known = known == 0 && !off ? real_pid() : known; }

void identity_learn(int64_t nr, int64_t result)
{
    if (nr == SYS_getpid || (nr == SYS_gettid && !threads_exist())) {
        known = result;
    } else if (nr == SYS_getppid) {
        known_parent = result;
    }
}

void identity_follow(int child)
{
    known_parent = identity_pid();
    left_pid = off ? 0 : RAW(SYS_getppid);
    known = begun = child != 0 ? child : real_pid();
}

int64_t identity_pid(void) { return off || known == 0 ? real_pid() : known; }

bool identity_is_first(int64_t id) { return !off && id > 0 && (id == begun || id == identity_pid()); }

/* That of a second future is the launcher. */
static int64_t parent(void) { return known_parent != 0 && known != real_pid() ? known_parent : identity_parent(RAW(SYS_getppid)); }

bool identity_answer(const struct call *call, int64_t *result)
{
    if (off || known == 0) {
        return false;
    }
    switch (call->nr) {
    case SYS_getpid: *result = known; return true;
    case SYS_gettid: *result = threads_known_as(); return true;
    case SYS_getppid: *result = parent(); return true;
    default: return false;
    }
}

static int64_t process_of(int64_t id) { return identity_is_first(id) ? real_pid() : id; }

void identity_translate(int64_t nr, int64_t a[6])
{
    if (off) {
        return;
    }
    switch (nr) {
    case SYS_tgkill: case SYS_rt_tgsigqueueinfo:
        a[0] = process_of(a[0]);
        a[1] = threads_kernel_id(a[1]);
        break;
    case SYS_setpgid: case SYS_kcmp:
        a[1] = process_of(a[1]);
        a[0] = process_of(a[0]);
        break;
    case SYS_kill: case SYS_rt_sigqueueinfo: case SYS_pidfd_open: case SYS_prlimit64: case SYS_getpgid: case SYS_getsid: case SYS_process_vm_readv: case SYS_process_vm_writev:
        a[0] = identity_meant(process_of(a[0]));
        break;
    case SYS_tkill: case SYS_sched_setaffinity: case SYS_sched_getaffinity: case SYS_sched_setparam: case SYS_sched_getparam: case SYS_sched_setscheduler: case SYS_sched_getscheduler:
    case SYS_sched_setattr: case SYS_sched_getattr: case SYS_sched_rr_get_interval:
        a[0] = threads_kernel_id(a[0]);
        break;
    case SYS_getpriority: case SYS_setpriority:
        a[1] = a[0] == PRIO_PROCESS ? threads_kernel_id(a[1]) : a[1];
        break;
    default:
        break;
    }
}

/* ---- in the program's children ---- */

void identity_leave(void) { identity_follow(0); }

int64_t identity_parent(int64_t real) { return left_pid != 0 && real == left_pid ? known_parent : real; }

int64_t identity_meant(int64_t id) { return left_pid != 0 && id == known_parent ? left_pid : id; }
