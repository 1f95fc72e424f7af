/* Copies of a stopped program. Each goes on in the same place of libfred's code, on its own copy of the dispatcher's stack. */
#include <errno.h>
#include <string.h>

#include "checkpoint.h"
#include "clock.h"
#include "codecache.h"
#include "context.h"
#include "control.h"
#include "fork.h"
#include "images.h"
#include "log.h"
#include "native.h"
#include "program.h"
#include "protocol.h"
#include "raw.h"
#include "replay.h"
#include "runloop.h"
#include "session.h"
#include "words.h"

static uint64_t seen_token; /* last checkpoint request that was served */
static uint64_t forked_tick = UINT64_MAX; /* where a native head was forked last, in its own count */

void checkpoint_take_slot(unsigned slot)
{
    clock_move_to(&session.page->slots[slot], clock_tick());
    seen_token = clock_slot->checkpoint_token;
}

static void answer(uint64_t token, int64_t pid)
{
    struct message *message = control_message();
    message_begin(message, pid > 0 ? MSG_FORKED : MSG_FAILED);
    message_unsigned(message, token);
    message_unsigned(message, (uint64_t)(pid > 0 ? pid : -pid));
    control_send(message);
}

static void introduce(enum role role, const char *name, uint64_t token)
{
    session.role = role;
    if (control_connect() < 0) {
        RAW(SYS_exit_group, EXIT_NO_CONTROLLER);
    }
    control_hello(name, token);
}

static int64_t fork_here(void)
{
    clock_slot->ticks = program_exact || session.mode != MODE_RECORD ? runloop_tick() : 0;
    int64_t pid = fork_copy();
    if (pid == 0) {
        native_after_fork();
        if (!program_exact) {
            runloop_set_tick(clock_slot->ticks); /* counts from here, until it is located */
        }
    }
    return pid;
}

static int64_t fork_checkpoint(uint64_t token)
{
    int64_t pid = fork_here();
    if (pid == 0) {
        introduce(ROLE_CHECKPOINT, ROLE_NAME_CHECKPOINT, token);
        program_report_position();
    }
    return pid;
}

void forks_checkpoint(uint64_t token)
{
    int64_t pid = fork_checkpoint(token);
    if (pid != 0) {
        answer(token, pid);
    }
}

void forks_replica(uint64_t token, unsigned slot, const char *log)
{
    static char path[4096]; /* `log` is in the input buffer, which connecting empties */
    if (session.mode == MODE_RECORD || session.role == ROLE_DIVERSION || slot >= PAGE_SLOTS) {
        answer(token, -EINVAL);
        return;
    }
    strncpy(path, log, sizeof path - 1);
    uint64_t cursor = replay_cursor();
    int64_t pid = fork_here();
    if (pid != 0) {
        answer(token, pid);
        return;
    }
    if (log_open(path) < 0 || control_connect() < 0) {
        RAW(SYS_exit_group, EXIT_NO_CONTROLLER);
    }
    session.role = ROLE_REPLICA;
    cache_populate();
    checkpoint_take_slot(slot);
    replay_start(cursor);
    events_repeat(); /* what the user changed here after the checkpoint was taken belongs to this tick */
    control_hello(ROLE_NAME_REPLICA, token);
    program_report_position();
}

void forks_diversion(uint64_t token, unsigned slot)
{
    if (slot >= PAGE_SLOTS) {
        answer(token, -EINVAL);
        return;
    }
    int64_t pid = fork_here();
    if (pid != 0) {
        answer(token, pid);
        return;
    }
    session.mode = MODE_OFF;
    checkpoint_take_slot(slot);
    introduce(ROLE_DIVERSION, ROLE_NAME_DIVERSION, token);
    program_report_position();
}

/* Each checkpoint of a native head gets a number of its own: two of one moment would give it two. It may wait in a system call that is begun again and again. */
static bool has_moved(void) { return program_exact || runloop_tick() != forked_tick; }

bool forks_requested(void)
{
    uint64_t wish = clock_slot->checkpoint_token, token = wish & ~(uint64_t)CHECKPOINT_WITH_IMAGE;
    if (session.mode != MODE_RECORD || wish == 0 || wish == seen_token) {
        return false;
    }
    seen_token = wish;
    int64_t pid = has_moved() ? fork_checkpoint(token) : -EAGAIN;
    if (pid == 0) {
        program_serve();
        return true;
    }
    if (pid < 0) {
        answer(token, pid);
    } else {
        if ((wish & CHECKPOINT_WITH_IMAGE) && images_take_here(token)) {
            program_serve();
            return true;
        }
        forked_tick = runloop_tick();
        native_hold();
    }
    return false;
}
