/* Calls about the process itself. */
#include <errno.h>

#include "calls.h"
#include "clock.h"
#include "control.h"
#include "descriptors.h"
#include "protocol.h"
#include "raw.h"
#include "session.h"
#include "text.h"

/* The end: history stays explorable until the controller lets go. */
static void exit_group(int64_t status)
{
    char detail[24];
    text_format(detail, (uint64_t)(status & 0xFF));
    control_stop_in_call(STOP_EXIT, detail);
    RAW(SYS_exit_group, status);
}

/* The program may close anything but libfred's descriptors, which it does not know of. */
static bool on_our_descriptor(const struct call *call, int64_t *result)
{
    const int64_t *a = call->arguments;
    bool hit = (call->nr == SYS_close && descriptors_ours((int)a[0]))
        || ((call->nr == SYS_dup2 || call->nr == SYS_dup3) && descriptors_ours((int)a[1]));
    if (hit) {
        *result = -EBADF;
    }
    return hit;
}

bool process_call(struct call *call, int64_t *result)
{
    switch (call->nr) {
    case SYS_exit_group:
    case SYS_exit:
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
    case SYS_close:
    case SYS_dup2:
    case SYS_dup3:
        return session.mode == MODE_RECORD && on_our_descriptor(call, result);
    default:
        return false;
    }
}
