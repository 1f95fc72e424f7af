#include "hotpages.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "raw.h"
#include "session.h"

#define TABLE_ADDRESS 0x7e0001000000 /* beside the control page: the same in every execution, and nowhere the program would be put */

enum {
    PAGE = 4096,
    MAX_RANGES = 2048,
    WORTHWHILE = 64,   /* faults that are not worth learning from */
    MAX_LESSONS = 8,   /* a program whose forks never touch the same pages twice is left alone */
    READ_GAP = 16,     /* the kernel maps this many pages of a file around a fault anyway */
    ENTRIES = 512      /* of the page map, read at a time */
};

static const uint64_t most_pages[HOT_SETS] = {1024, 512}; /* more would take longer than the faults of a fork that needs few */

struct range {
    uint64_t start;
    uint32_t pages;
    uint32_t write; /* 1: written to; 0: only read, of a file */
};

/* Written by one fork at a time, read by others without a lock: a torn entry costs some time and changes nothing. */
struct table {
    volatile uint32_t busy, lessons, count, unused;
    struct range ranges[MAX_RANGES];
};

static struct table *tables;  /* NULL: switched off */
static int64_t faults_before; /* of this process, when it had touched the known pages */

/* What a lesson collects; published when it is complete. */
static struct lesson {
    struct range ranges[MAX_RANGES];
    uint32_t count;
    uint64_t written;
    bool too_much;
} lesson;

void hot_pages_init(void)
{
    int64_t address = RAW(SYS_mmap, TABLE_ADDRESS, sizeof(struct table) * HOT_SETS, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    tables = address == (int64_t)TABLE_ADDRESS ? (struct table *)address : NULL;
}

static int64_t faults(void)
{
    struct rusage usage;
    return RAW(SYS_getrusage, RUSAGE_SELF, &usage) == 0 ? usage.ru_minflt : 0;
}

void hot_pages_touch(enum hot_set set)
{
    if (tables == NULL) {
        return;
    }
    struct table *table = &tables[set];
    for (uint32_t i = 0; i < table->count; i++) {
        struct range range = table->ranges[i];
        RAW(SYS_madvise, range.start, (uint64_t)range.pages * PAGE, range.write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
    }
    faults_before = faults();
}

/* ---- learning ---- */

static void note(uint64_t page, bool write)
{
    struct range *last = lesson.count > 0 ? &lesson.ranges[lesson.count - 1] : NULL;
    lesson.written += write;
    if (last != NULL && last->write == write && page - (last->start + (uint64_t)last->pages * PAGE) <= (write ? 0 : READ_GAP * PAGE)) {
        last->pages = (uint32_t)((page - last->start) / PAGE + 1);
    } else if (lesson.count < MAX_RANGES) {
        lesson.ranges[lesson.count++] = (struct range){page, 1, write};
    } else {
        lesson.too_much = true;
    }
}

/* A page is this fork's own when no other process maps it any more (bit 56); a file's page is in use when it is present (bit 63). */
static void look_at(uint64_t start, uint64_t end, bool write, int64_t page_map)
{
    static uint64_t entries[ENTRIES];
    for (uint64_t at = start; at < end && !lesson.too_much;) {
        uint64_t wanted = (end - at) / PAGE < ENTRIES ? (end - at) / PAGE : ENTRIES;
        int64_t got = RAW(SYS_pread64, page_map, entries, wanted * sizeof *entries, at / PAGE * sizeof *entries);
        if (got <= 0) {
            return;
        }
        for (int64_t i = 0; i < got / (int64_t)sizeof *entries; i++, at += PAGE) {
            if ((entries[i] >> 63 & 1) && (!write || (entries[i] >> 56 & 1))) {
                note(at, write);
            }
        }
    }
}

static uint64_t hexadecimal(const char **at)
{
    uint64_t value = 0;
    for (;; (*at)++) {
        char c = **at;
        if (c >= '0' && c <= '9') {
            value = value * 16 + (uint64_t)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            value = value * 16 + (uint64_t)(c - 'a' + 10);
        } else {
            return value;
        }
    }
}

/* "start-end perm offset device inode path" of one mapping. */
static void look_at_mapping(const char *line, int64_t page_map)
{
    uint64_t start = hexadecimal(&line);
    line++;
    uint64_t end = hexadecimal(&line);
    const char *permissions = line + 1;
    if (permissions[0] == 'r' && permissions[3] == 'p' && strstr(line, "[v") == NULL) {
        look_at(start, end, permissions[1] == 'w', page_map);
    }
}

static void look_at_everything(int64_t maps, int64_t page_map)
{
    static char buffer[32 * 1024];
    size_t used = 0;
    int64_t got;
    while ((got = RAW(SYS_read, maps, buffer + used, sizeof buffer - used - 1)) > 0) {
        used += (size_t)got;
        buffer[used] = '\0';
        char *line = buffer;
        for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            *end = '\0';
            look_at_mapping(line, page_map);
        }
        used -= (size_t)(line - buffer);
        memmove(buffer, line, used);
    }
}

void hot_pages_learn(enum hot_set set)
{
    struct table *table = tables == NULL ? NULL : &tables[set];
    if (table == NULL || table->lessons >= MAX_LESSONS || faults() - faults_before < WORTHWHILE || __sync_lock_test_and_set(&table->busy, 1)) {
        return;
    }
    table->lessons++;
    lesson.count = 0;
    lesson.written = 0;
    lesson.too_much = false;
    int64_t maps = RAW(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
    int64_t page_map = RAW(SYS_openat, AT_FDCWD, "/proc/self/pagemap", O_RDONLY | O_CLOEXEC, 0);
    if (maps >= 0 && page_map >= 0) {
        look_at_everything(maps, page_map);
        if (!lesson.too_much && lesson.written <= most_pages[set]) {
            memcpy(table->ranges, lesson.ranges, lesson.count * sizeof *lesson.ranges);
            table->count = lesson.count;
        }
    }
    RAW(SYS_close, maps);
    RAW(SYS_close, page_map);
    faults_before = faults();
    __sync_lock_release(&table->busy);
}
