/* What is hard: DMTCP's functions are ordinary code in the program's process. They allocate, and the program's heap has to be after an image what it is in replicas, which
 * write none: so a thread of our own calls them, with an arena of its own. And the process that comes back has DMTCP's threads and descriptors, whose end would be its own: it
 * copies itself at once by a fork that DMTCP knows nothing of, which is then a checkpoint like any other, and ends. */
#include "errand.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "control.h"
#include "follow.h"
#include "fork.h"
#include "identity.h"
#include "protocol.h"
#include "raw.h"
#include "session.h"
#include "shared_maps.h"
#include "start.h"
#include "text.h"

enum { MAX_ENVIRONMENT = 256 * 1024 };

static struct {
    int (*checkpoint)(void);
    void (*set_file)(const char *);
    int (*environment)(void);
    int (*signal)(void);
    int (*coordinator)(int *processes, int *running);
    int (*look_up)(const void *, Dl_info *);
} dmtcp;

/* The wish to the thread, and its answer. A copy of the process has no such thread. */
static struct {
    volatile uint32_t state; /* a futex */
    volatile int outcome;
    bool possible;
    char path[4096];
} errand;
enum { IDLE, WANTED, RUNNING, WITHDRAWN };

static const struct timespec patience = {1, 0};

static void wait_while(uint32_t state, const struct timespec *limit) { RAW(SYS_futex, &errand.state, FUTEX_WAIT, state, limit); }

static void set_state(uint32_t state)
{
    errand.state = state;
    RAW(SYS_futex, &errand.state, FUTEX_WAKE, 1);
}

static bool change_state(uint32_t from, uint32_t to) { return __atomic_compare_exchange_n(&errand.state, &from, to, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); }

/* The program's signals are for the program's thread; DMTCP stops all threads by its own, but only when it is asked. */
static void block_signals(bool all)
{
    uint64_t mask = ~(uint64_t)0;
    if (!all) {
        mask &= ~((uint64_t)1 << (dmtcp.signal() - 1));
    }
    RAW(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
}

/* Those that the program has started belong to the image, too, and none of them could come back without the others. */
static bool is_alone(void)
{
    int processes = 0, running;
    return !follow_any() || dmtcp.coordinator(&processes, &running) < 0 || processes < 2; /* asking takes longer than an image */
}

static void *run_errands(void *unused)
{
    Dl_info info;
    for (;;) {
        block_signals(true);
        while (errand.state == IDLE) {
            wait_while(IDLE, NULL);
        }
        dmtcp.look_up(dmtcp.checkpoint, &info); /* DMTCP does the same, with the program stopped: who has the dynamic linker's lock would keep it */
        if (change_state(WANTED, RUNNING)) {
            block_signals(false);
            dmtcp.set_file(errand.path);
            errand.outcome = is_alone() ? dmtcp.checkpoint() : -ECHILD;
        }
        set_state(IDLE);
    }
    return unused;
}

/* Its messages go out at once; else each waits for the answer to the one before, 40 ms. */
static void send_at_once(void)
{
    static const int on = 1;
    RAW(SYS_setsockopt, ERRAND_COORDINATOR, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool errand_begin(void *(*find)(const char *name))
{
    int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    pthread_t thread;
    *(void **)&dmtcp.checkpoint = find("dmtcp_checkpoint");
    *(void **)&dmtcp.set_file = find("dmtcp_set_ckpt_file");
    *(void **)&dmtcp.environment = find("dmtcp_protected_environ_fd");
    *(void **)&dmtcp.signal = find("dmtcp_get_ckpt_signal");
    *(void **)&dmtcp.coordinator = find("dmtcp_get_coordinator_status");
    *(void **)&dmtcp.look_up = find("dladdr");
    *(void **)&create = find("pthread_create"); /* DMTCP's, or it would not know the thread */
    send_at_once();
    errand.possible = dmtcp.checkpoint != NULL && dmtcp.set_file != NULL && dmtcp.environment != NULL && dmtcp.signal != NULL && dmtcp.coordinator != NULL && dmtcp.look_up != NULL && create != NULL
        && create(&thread, NULL, run_errands, NULL) == 0;
    if (errand.possible) {
        identity_of_kernel();
    }
    return errand.possible;
}

bool errand_speaks(const struct call *call)
{
    static const char greeting[] = "DMTCP_CKPT_V0\n";
    const void *data = (const void *)call->arguments[1];
    if (dmtcp.checkpoint == NULL) {
        return false;
    }
    return call->nr == SYS_connect ? ((const struct sockaddr *)data)->sa_family == AF_INET : call->nr == SYS_write && call->arguments[2] >= (int64_t)sizeof greeting && memcmp(data, greeting, sizeof greeting) == 0;
}

bool errand_possible(void) { return errand.possible; }
int errand_signal(void) { return dmtcp.signal(); }

int64_t errand_run(const char *path)
{
    strncpy(errand.path, path, sizeof errand.path - 1);
    if (!change_state(IDLE, WANTED)) {
        return -EAGAIN;
    }
    RAW(SYS_futex, &errand.state, FUTEX_WAKE, 1);
    wait_while(WANTED, &patience);
    if (change_state(WANTED, WITHDRAWN)) {
        return -EAGAIN;
    }
    while (errand.state == RUNNING) {
        wait_while(RUNNING, NULL);
    }
    return errand.outcome == ERRAND_WRITTEN || errand.outcome == ERRAND_RESTARTED || errand.outcome < 0 ? errand.outcome : -EIO;
}

void errand_answer(uint64_t token, int64_t status)
{
    struct message *message = control_message();
    message_begin(message, MSG_IMAGED);
    message_unsigned(message, token);
    message_number(message, status);
    control_send(message);
}

void errand_finish(uint64_t token, const char *path, int64_t outcome, bool complete)
{
    if (outcome == ERRAND_WRITTEN && !complete) {
        RAW(SYS_unlink, path);
        outcome = -EBUSY;
    }
    errand_answer(token, outcome == ERRAND_WRITTEN ? 0 : outcome);
}

/* ---- coming back ---- */

static char page[sizeof session.page_path];
static uint64_t restart_token;

/* A variable of the restarting side, from DMTCP's descriptor; empty when it is not there. */
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
    return "";
}

void errand_leave(uint64_t cursor)
{
    strncpy(page, restart_variable("FRED_PAGE"), sizeof page - 1);
    strncpy(session.socket_path, restart_variable("FRED_SOCKET"), sizeof session.socket_path - 1);
    restart_token = text_unsigned(restart_variable("FRED_TOKEN"));
    if (RAW(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) != 0) {
        RAW(SYS_exit_group, 0);
    }
    shared_maps_come_back(); /* before anything else can take their addresses; what DMTCP may have there is not needed in the copy */
    errand.possible = false;
    fork_become(cursor, false);
    session.role = ROLE_CHECKPOINT;
    start_map_page(page);
}

void errand_introduce(void)
{
    if (control_connect() < 0) {
        RAW(SYS_exit_group, EXIT_NO_CONTROLLER);
    }
    control_hello(ROLE_NAME_CHECKPOINT, restart_token);
    control_report_position();
}

const char *errand_path(uint64_t token)
{
    static char path[sizeof session.socket_path + 64];
    strcpy(path, session.socket_path);
    char *name = path + strlen(path);
    while (name > path && name[-1] != '/') {
        name--;
    }
    strcpy(name, "image-");
    size_t used = 6 + text_format(name + 6, token);
    strcpy(name + used, ".dmtcp");
    return path;
}
