/* Records go to the tail buffer of the control page and from there to the file in big pieces: a page fault per 4 KiB of a mapped
 * file would cost more than the whole record. A record that does not fit goes to the file directly and is completed there. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "clock.h"
#include "descriptors.h"
#include "log.h"
#include "raw.h"
#include "session.h"
#include "threads.h"

static struct {
    int fd;
    bool full;
    uint64_t inode;
    uint64_t limit;
    uint64_t base;    /* = page->log_base */
    uint32_t pending; /* complete records in the tail */
    uint32_t partial; /* bytes of the open record after them */
    uint64_t spilled; /* bytes of the open record already in the file, at base */
    struct record record;
} writer = {.fd = -1};

static unsigned char *tail(void) { return session.page->tail; }

static bool write_at(const void *bytes, uint64_t length, uint64_t offset)
{
    const unsigned char *from = bytes;
    while (length > 0) {
        int64_t count = RAW(SYS_pwrite64, writer.fd, from, length, offset);
        if (count == -EINTR) {
            continue;
        }
        if (count <= 0) {
            writer.full = true;
            return false;
        }
        from += count;
        offset += (uint64_t)count;
        length -= (uint64_t)count;
    }
    return true;
}

/* Readers that find the sequence odd or changed look again: base and pending change together. */
static void publish(uint64_t base, uint32_t pending)
{
    struct page *page = session.page;
    __atomic_add_fetch(&page->log_sequence, 1, __ATOMIC_SEQ_CST);
    page->log_base = writer.base = base;
    page->log_pending = writer.pending = pending;
    __atomic_add_fetch(&page->log_sequence, 1, __ATOMIC_SEQ_CST);
}

/* Where only bytes behind the others are added, a reader cannot see anything half done. */
static void publish_more(uint32_t length)
{
    writer.pending += length;
    __atomic_store_n(&session.page->log_pending, writer.pending, __ATOMIC_RELEASE);
}

static bool flush_pending(void)
{
    if (writer.pending == 0) {
        return true;
    }
    if (!write_at(tail(), writer.pending, writer.base)) {
        return false;
    }
    uint32_t moved = writer.pending;
    publish(writer.base + moved, 0);
    memmove(tail(), tail() + moved, writer.partial);
    return true;
}

/* Where the open record goes on in the tail; NULL: it does not fit. */
static void *room(uint64_t length)
{
    uint64_t used = (uint64_t)writer.pending + writer.partial;
    if (writer.full || length > PAGE_TAIL_BYTES - used) {
        return NULL;
    }
    writer.partial += (uint32_t)length;
    return tail() + used;
}

/* What does not fit: what is before it goes to the file, and so does it if it is long. */
static void put_by_file(const void *bytes, uint64_t length)
{
    if (writer.full) {
        return;
    }
    if (writer.pending + writer.partial + length > PAGE_TAIL_BYTES) {
        if (!flush_pending()) {
            return;
        }
        if (writer.partial + length > PAGE_TAIL_BYTES) {
            if (!write_at(tail(), writer.partial, writer.base + writer.spilled)) {
                return;
            }
            writer.spilled += writer.partial;
            writer.partial = 0;
        }
    }
    if (length > PAGE_TAIL_BYTES / 2) {
        if (flush_pending() && write_at(tail(), writer.partial, writer.base + writer.spilled)) {
            writer.spilled += writer.partial;
            writer.partial = 0;
            if (write_at(bytes, length, writer.base + writer.spilled)) {
                writer.spilled += length;
            }
        }
        return;
    }
    memcpy(tail() + writer.pending + writer.partial, bytes, length);
    writer.partial += (uint32_t)length;
}

static inline void put(const void *bytes, uint64_t length)
{
    void *here = room(length);
    if (here != NULL) {
        memcpy(here, bytes, length);
    } else {
        put_by_file(bytes, length);
    }
}

static inline struct record record_of(int nr, int64_t result, uint64_t out_hash, unsigned flags)
{
    return (struct record){sizeof(struct record), (uint16_t)nr, (uint8_t)flags, (uint8_t)threads_here(), result, clock_tick(), out_hash};
}

void log_begin(int nr, int64_t result, uint64_t out_hash, unsigned flags)
{
    writer.record = record_of(nr, result, out_hash, flags);
    writer.partial = 0;
    writer.spilled = 0;
    put(&writer.record, sizeof writer.record);
}

void log_data(uint64_t address, const void *bytes, uint64_t length)
{
    static const unsigned char zeros[8];
    struct chunk chunk = {address, length};
    uint64_t padding = -length & 7;
    if (length > UINT32_MAX / 2 - writer.record.length) {
        writer.full = true; /* no single call may produce this much: the length field would overflow */
        return;
    }
    put(&chunk, sizeof chunk);
    put(bytes, length);
    put(zeros, padding);
    writer.record.length += (uint32_t)(sizeof chunk + length + padding);
}

void log_chunk(const void *address, int64_t length)
{
    if (address != NULL && length > 0) {
        log_data((uint64_t)(uintptr_t)address, address, (uint64_t)length);
    }
}

void log_end(void)
{
    if (writer.full) {
        return;
    }
    uint64_t length = writer.record.length;
    if (writer.spilled > 0) {
        if (write_at(tail(), writer.partial, writer.base + writer.spilled)
            && write_at(&writer.record, sizeof writer.record, writer.base)) {
            writer.partial = 0;
            publish(writer.base + length, 0);
        }
    } else {
        memcpy(tail() + writer.pending, &writer.record.length, sizeof writer.record.length);
        publish_more(writer.partial);
        writer.partial = 0;
    }
    if (writer.base + writer.pending > writer.limit) {
        writer.full = true;
    }
}

/* A record that is whole at once. False: it does not fit in the tail. */
static inline bool put_whole(const void *record, uint32_t length)
{
    writer.partial = 0;
    void *here = room(length);
    if (here == NULL) {
        return false;
    }
    memcpy(here, record, length);
    publish_more(length);
    writer.partial = 0;
    return true;
}

void log_short(int nr, int64_t result, unsigned flags)
{
    struct record record = record_of(nr, result, 0, flags);
    if (!put_whole(&record, sizeof record)) {
        log_begin(nr, result, 0, flags);
        log_end();
    }
}

void log_flush(void)
{
    if (session.mode != MODE_RECORD || writer.fd < 0) {
        return;
    }
    bool full = writer.full;
    flush_pending();
    writer.full |= full;
    if (session.sync) {
        RAW(SYS_fdatasync, writer.fd);
    }
}

/* Not from a struct record: reading its small fields back as one piece, right after they were written, stalls the processor. */
void log_brief(int nr, int64_t result, unsigned flags)
{
    uint64_t all_flags = flags | RECORD_BRIEF | (clock_tick() & BRIEF_TICK_MASK) << BRIEF_TICK_SHIFT;
    uint64_t words[2] = {BRIEF_BYTES | (uint64_t)(uint16_t)nr << 32 | all_flags << 48 | (uint64_t)threads_here() << 56, (uint64_t)result};
    if (!put_whole(words, sizeof words)) {
        log_short(nr, result, flags);
    }
}

bool log_since(uint64_t nanoseconds)
{
    uint32_t word = 1 | (uint32_t)(clock_tick() & BRIEF_TICK_MASK) << SMALLEST_TICK_SHIFT | (uint32_t)threads_here() << SMALLEST_THREAD_SHIFT | (uint32_t)nanoseconds << SMALLEST_SINCE_SHIFT;
    return nanoseconds >> (32 - SMALLEST_SINCE_SHIFT) == 0 && put_whole(&word, sizeof word);
}

void log_take_page(void)
{
    if (session.mode == MODE_RECORD && writer.fd >= 0 && session.page->log_inode != writer.inode) {
        session.page->log_inode = writer.inode; /* everything is in the file since the stop */
        publish(writer.base, 0);
    }
}

void log_abandon(void)
{
    writer.fd = -1;
    writer.full = true;
}

bool log_full(void) { return writer.full && writer.fd >= 0; }
uint64_t log_end_cursor(void) { return writer.base + writer.pending; }

static int open_for_writing(const char *path, int flags, uint64_t size, uint64_t limit)
{
    struct stat status;
    int fd = (int)RAW(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC | flags, 0600);
    if (fd < 0) {
        return fd;
    }
    writer.fd = descriptors_keep(fd);
    int result = (int)RAW(SYS_fstat, writer.fd, &status);
    if (result < 0) {
        return result;
    }
    writer.limit = limit;
    writer.full = false;
    writer.partial = 0;
    RAW(SYS_madvise, session.page->tail, PAGE_TAIL_BYTES, MADV_POPULATE_WRITE);
    session.page->log_inode = writer.inode = status.st_ino;
    publish(size, 0);
    return 0;
}

int log_create(const char *path, uint64_t limit) { return open_for_writing(path, O_TRUNC, 0, limit); }
int log_continue(const char *path, uint64_t size, uint64_t limit) { return open_for_writing(path, 0, size, limit); }
