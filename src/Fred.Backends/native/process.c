/* Calls that end or replace the process itself, and two that libc must believe to be missing or done. */
#include <errno.h>

#include "calls.h"
#include "clock.h"
#include "control.h"
#include "follow.h"
#include "mirrors.h"
#include "protocol.h"
#include "raw.h"
#include "run.h"
#include "session.h"
#include "signals.h"
#include "text.h"
#include "threads.h"

/* The end: history stays explorable until the controller lets go. */
static void exit_group(int64_t status)
{
    char detail[24];
    text_format(detail, (uint64_t)(status & 0xFF));
    mirrors_push();
    if (!follow_part()) {
        run_end_in_call(STOP_EXIT, detail);
    }
    RAW(SYS_exit_group, status);
}

void process_unhook(void) { threads_dissolve(); }

void process_follow(int tid)
{
    (void)tid;
    threads_become_one(false);
}

void process_join(int tid)
{
    (void)tid;
    threads_become_one(true);
    signals_become_live(); /* its parent may end it by one: that is the end of its history, not its loss */
    if (intercept_on() < 0) {
        RAW(SYS_exit_group, EXIT_NO_CONTROLLER);
    }
    run_stop_next();
}

void process_stay(void) { threads_after_fork(); }

bool process_call(struct call *call, int64_t *result)
{
    switch (call->nr) {
    case SYS_exit:
        threads_exit();
        /* fall through */
    case SYS_exit_group:
        exit_group(call->arguments[0]);
        return true;
    case SYS_execve:
    case SYS_execveat:
        control_stop_for_good(STOP_UNSUPPORTED, "the program replaces itself by exec, where the recording would end");
        return true;
    case SYS_clone3:
        *result = -ENOSYS; /* libc falls back to clone, which children.c understands */
        return true;
    case SYS_rseq:
        *result = 0; /* the kernel must not write into the program's memory behind the log; libc aborts on an error */
        return true;
    default:
        return false;
    }
}
