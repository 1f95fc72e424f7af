#include "promote.h"

#include <errno.h>
#include <fcntl.h>

#include "backlog.h"
#include "checkpoint.h"
#include "fdtable.h"
#include "identity.h"
#include "log.h"
#include "mirrors.h"
#include "raw.h"
#include "replay.h"
#include "session.h"
#include "shared_maps.h"
#include "signals.h"
#include "threads.h"

enum { PIECE_BYTES = 64 * 1024 };

static int64_t write_all(int64_t fd, const unsigned char *bytes, uint64_t length)
{
    while (length > 0) {
        int64_t count = RAW(SYS_write, fd, bytes, length);
        if (count <= 0 && count != -EINTR) {
            return count < 0 ? count : -EIO;
        }
        count = count < 0 ? 0 : count;
        bytes += count;
        length -= (uint64_t)count;
    }
    return 0;
}

/* The branch's history begins with everything the replica has replayed. */
static int64_t copy_history(const char *path, uint64_t size)
{
    static unsigned char piece[PIECE_BYTES];
    int64_t fd = RAW(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int64_t result = fd;
    for (uint64_t at = 0; at < size && result >= 0; at += PIECE_BYTES) {
        uint64_t length = size - at < PIECE_BYTES ? size - at : PIECE_BYTES;
        result = log_fetch(at, piece, length) ? write_all(fd, piece, length) : -EIO;
    }
    if (fd >= 0) {
        RAW(SYS_close, fd);
    }
    return result < 0 ? result : 0;
}

const char *promote_to_head(const char *log, unsigned slot, const char *stdio)
{
    uint64_t cursor = replay_cursor();
    if (slot >= PAGE_SLOTS) {
        return "no such slot";
    }
    if (copy_history(log, cursor) < 0) {
        return "the recording cannot be copied for a new branch: the disk may be full";
    }
    if (log_continue(log, cursor, session.log_limit) < 0) {
        return "the log of the new branch cannot be opened";
    }
    backlog_collect(cursor);
    log_close();
    session.mode = MODE_RECORD;
    session.role = ROLE_HEAD;
    checkpoint_take_slot(slot);
    fdtable_reopen(stdio);
    identity_become_live();
    shared_maps_become_live();
    mirrors_become_live();
    signals_become_live();
    threads_become_live();
    return NULL;
}
