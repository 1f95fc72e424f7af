#include "backlog.h"

#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "descriptors.h"
#include "log.h"
#include "raw.h"
#include "sysdesc.h"

enum { PIECE_BYTES = 16 * 1024 };

static int file = -1; /* a memfd of ours: the input may be large, and libfred does not allocate */
static int64_t size, taken;

static void keep(uint64_t at, uint64_t length)
{
    static unsigned char piece[PIECE_BYTES];
    while (length > 0) {
        uint64_t part = length < PIECE_BYTES ? length : PIECE_BYTES;
        if (!log_fetch(at, piece, part) || RAW(SYS_pwrite64, file, piece, part, size) != (int64_t)part) {
            return;
        }
        at += part;
        length -= part;
        size += (int64_t)part;
    }
}

void backlog_collect(uint64_t cursor)
{
    static const int64_t standard_input[6] = {STDIN_FILENO};
    uint64_t wanted = sysdesc_hash_inputs(sysdesc_find(SYS_read), standard_input);
    struct record record;
    struct chunk chunk;
    int64_t fd = RAW(SYS_memfd_create, "fred-input", MFD_CLOEXEC);
    if (fd < 0) {
        return;
    }
    file = descriptors_keep((int)fd);
    size = taken = 0;
    for (; log_record(cursor, &record) && record.length >= SMALLEST_BYTES; cursor += record.length) {
        bool from_input = record.nr == SYS_read && record.out_hash == wanted && record.result > 0;
        if (from_input && log_fetch(cursor + sizeof record, &chunk, sizeof chunk)) {
            keep(cursor + sizeof record + sizeof chunk, chunk.length);
        }
    }
}

bool backlog_has(const struct call *call) { return file >= 0 && call->nr == SYS_read && call->arguments[0] == STDIN_FILENO; }

bool backlog_read(const struct call *call, int64_t *result)
{
    const int64_t *a = call->arguments;
    if (!backlog_has(call)) {
        return false;
    }
    if (taken == size || RAW(SYS_lseek, STDIN_FILENO, 0, SEEK_CUR) >= 0) { /* used up, or a file, which is read again itself */
        descriptors_drop(file);
        file = -1;
        return false;
    }
    *result = RAW(SYS_pread64, file, a[1], a[2], taken);
    taken += *result > 0 ? *result : 0;
    return *result >= 0;
}
