/* What is hard: DMTCP's functions are ordinary code in the program's process. They make ordinary system calls, none of which may be recorded; they allocate, and
 * the program's heap has to be after an image what it is in replicas, which write none: so a thread of our own calls them, with an arena of its own. And the process that
 * comes back has DMTCP's thread and descriptors, whose end would be its own. So while an image is written there is no dispatch, no mode and no page; and what comes back
 * copies itself at once by a fork that DMTCP knows nothing of, which is then a checkpoint like any other, and ends. */
#include "snapshot.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "calls.h"
#include "clock.h"
#include "control.h"
#include "fork.h"
#include "fred.h"
#include "intercept.h"
#include "log.h"
#include "mirrors.h"
#include "protocol.h"
#include "raw.h"
#include "replay.h"
#include "session.h"
#include "start.h"
#include "text.h"

enum { SET_SYSCALL_USER_DISPATCH = 59, DISPATCH_OFF = 0, AFTER_RESTART = 2, MAX_ENVIRONMENT = 256 * 1024 };

typedef int main_function(int, char **, char **);
typedef int start_main(main_function *, int, char **, void (*)(void), void (*)(void), void (*)(void), void *);

void *snapshot_program_thread;

static struct {
    int (*checkpoint)(void);
    void (*set_file)(const char *);
    int (*environment)(void);
} dmtcp;

/* The wish to the thread that calls DMTCP, and its answer. A copy of the process has no such thread. */
static struct {
    volatile uint32_t wanted; /* futex: 1 while an image is written or restored */
    volatile int outcome;
    char path[4096];
} errand;

static void wait_while(uint32_t value)
{
    while (errand.wanted == value) {
        RAW(SYS_futex, &errand.wanted, FUTEX_WAIT, value, NULL);
    }
}

static void set_wanted(uint32_t value)
{
    errand.wanted = value;
    RAW(SYS_futex, &errand.wanted, FUTEX_WAKE, 1);
}

/* The program's signals are for the program's thread; DMTCP stops all threads by its own. */
static void *run_errands(void *unused)
{
    sigset_t all;
    sigfillset(&all);
    sigdelset(&all, SIGUSR2);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    for (;;) {
        wait_while(0);
        dmtcp.set_file(errand.path);
        errand.outcome = dmtcp.checkpoint();
        set_wanted(0);
    }
    return unused;
}

static bool start_errands(void)
{
    pthread_t thread;
    return pthread_create(&thread, NULL, run_errands, NULL) == 0;
}

bool snapshot_begins_later(void) { return getenv("FRED_BEGIN") != NULL; }

/* libc's own, replaced by name: it runs behind all constructors, DMTCP's too. In DMTCP's launcher, which is loaded with us as well, there is no DMTCP. */
FRED_API int __libc_start_main(main_function *program, int argc, char **argv, void (*init)(void), void (*fini)(void), void (*end)(void), void *stack)
{
    start_main *real;
    *(void **)&real = dlsym(RTLD_NEXT, "__libc_start_main");
    if (snapshot_begins_later()) {
        *(void **)&dmtcp.checkpoint = dlsym(RTLD_DEFAULT, "dmtcp_checkpoint");
        *(void **)&dmtcp.set_file = dlsym(RTLD_DEFAULT, "dmtcp_set_ckpt_file");
        *(void **)&dmtcp.environment = dlsym(RTLD_DEFAULT, "dmtcp_protected_environ_fd");
        if (dmtcp.checkpoint != NULL && dmtcp.set_file != NULL && dmtcp.environment != NULL && start_errands()) {
            snapshot_program_thread = __builtin_thread_pointer();
            snapshot_begin_session();
        }
    }
    return real(program, argc, argv, init, fini, end, stack);
}

/* A variable of the restarting side, from DMTCP's descriptor; NULL when it is not there. */
static const char *restart_variable(const char *name)
{
    static char block[MAX_ENVIRONMENT];
    int64_t size = RAW(SYS_pread64, dmtcp.environment(), block, sizeof block - 1, 0);
    size_t length = strlen(name);
    for (const char *each = block; size > 0 && each < block + size; each += strlen(each) + 1) {
        if (strncmp(each, name, length) == 0 && each[length] == '=') {
            return each + length + 1;
        }
    }
    return NULL;
}

/* The process that has come back: its copy becomes a checkpoint of the session that restarted it. */
static void become_checkpoint(uint64_t cursor)
{
    static char page[sizeof session.page_path];
    const char *path = restart_variable("FRED_PAGE");
    strncpy(page, path != NULL ? path : "", sizeof page - 1);
    const char *socket = restart_variable("FRED_SOCKET");
    strncpy(session.socket_path, socket != NULL ? socket : "", sizeof session.socket_path - 1);
    const char *number = restart_variable("FRED_TOKEN");
    uint64_t token = number != NULL ? text_unsigned(number) : 0;
    if (RAW(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) != 0) {
        RAW(SYS_exit_group, 0);
    }
    snapshot_program_thread = NULL; /* DMTCP's was not copied */
    fork_become(cursor, false);
    session.role = ROLE_CHECKPOINT;
    start_map_page(page);
    if (control_connect() < 0) {
        RAW(SYS_exit_group, EXIT_NO_CONTROLLER);
    }
    control_hello(ROLE_NAME_CHECKPOINT, token);
    control_report_position();
}

static void answer(uint64_t token, int64_t status)
{
    struct message *message = control_message();
    message_begin(message, MSG_IMAGED);
    message_unsigned(message, token);
    message_number(message, status);
    control_send(message);
}

void snapshot_take(uint64_t token, const char *path)
{
    if (dmtcp.checkpoint == NULL || session.mode != MODE_RECORD || snapshot_foreign_thread()) {
        answer(token, -ENOSYS);
        return;
    }
    if (control_is_in_call() || memory_has_shared() || mirrors_exist()) {
        answer(token, control_is_in_call() ? -EAGAIN : -EBUSY); /* shared memory would come back as it is then, not as it was */
        return;
    }
    strncpy(errand.path, path, sizeof errand.path - 1);
    log_flush();
    uint64_t cursor = replay_cursor(), ticks = clock_tick();
    struct slot *slot = clock_slot;
    clock_before_fork();
    clock_after_fork(); /* a private slot: the page is gone for a while */
    session.mode = MODE_OFF;
    RAW(SYS_prctl, SET_SYSCALL_USER_DISPATCH, DISPATCH_OFF, 0, 0, 0);
    RAW(SYS_munmap, session.page, PAGE_BYTES);
    set_wanted(1);
    wait_while(1);
    int outcome = errand.outcome;
    if (outcome == AFTER_RESTART) {
        become_checkpoint(cursor);
        return;
    }
    start_map_page(session.page_path);
    clock_move_to(slot, ticks);
    session.mode = MODE_RECORD;
    intercept_on();
    answer(token, outcome == 1 ? 0 : -EIO);
}

bool snapshot_take_here(uint64_t token)
{
    static char path[sizeof session.socket_path + 64];
    strcpy(path, session.socket_path);
    char *name = strrchr(path, '/');
    name = name != NULL ? name + 1 : path;
    strcpy(name, "image-");
    size_t used = 6 + text_format(name + 6, token);
    strcpy(name + used, ".dmtcp");
    snapshot_take(token, path);
    return session.mode != MODE_RECORD;
}
