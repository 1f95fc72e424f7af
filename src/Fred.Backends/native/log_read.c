#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "descriptors.h"
#include "log.h"
#include "raw.h"
#include "session.h"

enum { WINDOW_BYTES = 256 * 1024, SPINS = 1 << 20 };

static unsigned char window[WINDOW_BYTES] __attribute__((aligned(4096)));
static uint64_t window_start, window_length;
static int reader_fd = -1;
static bool owns_tail; /* the page's tail is the end of this very log */

struct extent { uint64_t base, pending; uint32_t sequence; };

/* A consistent view of the head's counters. A head killed in the middle of an update leaves the sequence odd for ever; its last
 * record is then lost anyway, so the wait is bounded. */
static struct extent head_extent(void)
{
    struct page *page = session.page;
    struct extent extent = {0};
    for (int spin = 0; spin < SPINS; spin++) {
        extent.sequence = __atomic_load_n(&page->log_sequence, __ATOMIC_SEQ_CST);
        extent.base = page->log_base;
        extent.pending = page->log_pending;
        if (extent.sequence % 2 == 0 && extent.sequence == __atomic_load_n(&page->log_sequence, __ATOMIC_SEQ_CST)) {
            break;
        }
    }
    return extent;
}

static bool read_file(uint64_t offset, void *to, size_t length)
{
    unsigned char *at = to;
    while (length > 0) {
        int64_t count = RAW(SYS_pread64, reader_fd, at, length, offset);
        if (count == -EINTR) {
            continue;
        }
        if (count <= 0) {
            return false;
        }
        at += count;
        offset += (uint64_t)count;
        length -= (size_t)count;
    }
    return true;
}

static bool fetch_from_file(uint64_t cursor, void *to, size_t length, uint64_t available)
{
    if (length > WINDOW_BYTES / 2) {
        return read_file(cursor, to, length);
    }
    if (cursor < window_start || cursor + length > window_start + window_length) {
        uint64_t size = available - cursor < WINDOW_BYTES ? available - cursor : WINDOW_BYTES;
        window_length = 0;
        if (!read_file(cursor, window, size)) {
            return false;
        }
        window_start = cursor;
        window_length = size;
    }
    memcpy(to, window + (cursor - window_start), length);
    return true;
}

bool log_fetch(uint64_t cursor, void *to, size_t length)
{
    if (cursor >= window_start && cursor + length <= window_start + window_length) {
        memcpy(to, window + (cursor - window_start), length);
        return true;
    }
    if (!owns_tail) {
        struct stat status;
        return RAW(SYS_fstat, reader_fd, &status) == 0 && cursor + length <= (uint64_t)status.st_size
            && fetch_from_file(cursor, to, length, (uint64_t)status.st_size);
    }
    for (;;) {
        struct extent extent = head_extent();
        if (cursor + length <= extent.base) {
            return fetch_from_file(cursor, to, length, extent.base);
        }
        if (cursor < extent.base || cursor + length > extent.base + extent.pending) {
            return false;
        }
        memcpy(to, session.page->tail + (cursor - extent.base), length);
        if (session.page->log_base == extent.base) {
            return true;
        }
    }
}

static void read_smallest(uint32_t word, struct record *record)
{
    unsigned tick = word >> SMALLEST_TICK_SHIFT & BRIEF_TICK_MASK;
    *record = (struct record){SMALLEST_BYTES, LOG_CLOCK_GETTIME, (uint8_t)(RECORD_SINCE | RECORD_BRIEF | tick << BRIEF_TICK_SHIFT), (uint8_t)(word >> SMALLEST_THREAD_SHIFT), word >> SMALLEST_SINCE_SHIFT, 0, 0};
}

bool log_record(uint64_t cursor, struct record *record)
{
    bool whole = log_fetch(cursor, record, sizeof *record);
    if (!whole && !log_fetch(cursor, record, BRIEF_BYTES) && !log_fetch(cursor, record, SMALLEST_BYTES)) { /* the last ones may be short */
        return false;
    }
    if (record->length & 1) {
        read_smallest(record->length, record);
        return true;
    }
    if (record->flags & RECORD_BRIEF) {
        record->tick = record->out_hash = 0;
        return true;
    }
    return whole;
}

int log_open(const char *path)
{
    struct stat status;
    log_close();
    int fd = (int)RAW(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) {
        return fd;
    }
    reader_fd = descriptors_keep(fd);
    int result = (int)RAW(SYS_fstat, reader_fd, &status);
    owns_tail = result == 0 && status.st_ino == session.page->log_inode;
    RAW(SYS_madvise, window, WINDOW_BYTES, MADV_POPULATE_WRITE); /* one call instead of a fault per page */
    return result;
}

void log_close(void)
{
    if (reader_fd >= 0) {
        descriptors_drop(reader_fd);
    }
    reader_fd = -1;
    window_length = 0;
}
