#include "linelog.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "context.h"
#include "raw.h"

#define LINES_ADDRESS 0x7e4000000000

enum { RING_BYTES = LINE_HEADER_BYTES + LINE_EVENTS * 32 };

_Static_assert(sizeof(struct line_event) == 32, "the ring's records are part of the protocol");

static const uint64_t *lines;
static uint64_t line_count, line_bytes;
static bool ready;
unsigned linelog_thread = 1;
static uint64_t settled; /* events whose tick is right */

const char *linelog_set_lines(const char *path)
{
    struct stat status;
    if (line_bytes > 0) {
        RAW(SYS_munmap, LINES_ADDRESS, line_bytes);
    }
    line_count = line_bytes = 0;
    if (*path == '\0') {
        return NULL;
    }
    int64_t fd = RAW(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) {
        return "the file of lines cannot be opened";
    }
    int64_t result = RAW(SYS_fstat, fd, &status);
    if (result == 0 && status.st_size >= 8) {
        result = RAW(SYS_mmap, LINES_ADDRESS, status.st_size, PROT_READ, MAP_PRIVATE | MAP_FIXED_NOREPLACE, fd, 0);
    }
    RAW(SYS_close, fd);
    if (result != (int64_t)LINES_ADDRESS) {
        return "the file of lines cannot be mapped";
    }
    lines = (const uint64_t *)LINES_ADDRESS;
    line_bytes = (uint64_t)status.st_size;
    line_count = line_bytes / 8;
    return NULL;
}

bool linelog_is_line(uint64_t pc)
{
    uint64_t low = 0, high = line_count;
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (lines[middle] == pc) {
            return true;
        }
        if (lines[middle] < pc) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

const char *linelog_open(const char *path)
{
    int64_t fd = RAW(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return "the line log cannot be opened";
    }
    int64_t result = RAW(SYS_ftruncate, fd, RING_BYTES);
    if (result == 0) {
        result = RAW(SYS_mmap, LINE_RING_ADDRESS, RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
    }
    RAW(SYS_close, fd);
    ready = result == LINE_RING_ADDRESS;
    return ready ? NULL : "the line log cannot be mapped";
}

bool linelog_ready(void) { return ready; }

void linelog_begin(uint64_t sp_limit)
{
    CONTEXT->line_index = CONTEXT->line_depth = settled = 0;
    CONTEXT->line_sp = 0 - sp_limit;
    *(volatile uint64_t *)LINE_RING_ADDRESS = 0;
}

void linelog_settle(uint64_t goal)
{
    struct line_event *events = (struct line_event *)(LINE_RING_ADDRESS + LINE_HEADER_BYTES);
    uint64_t count = CONTEXT->line_index;
    if (!ready || count == settled) {
        return;
    }
    for (uint64_t i = count - settled > LINE_EVENTS ? count - LINE_EVENTS : settled; i < count; i++) {
        struct line_event *event = &events[i % LINE_EVENTS];
        event->tick = goal - event->tick;
        event->thread = linelog_thread;
    }
    settled = count;
    *(volatile uint64_t *)LINE_RING_ADDRESS = count;
}
