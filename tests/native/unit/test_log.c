/* The log's two halves against each other, in one process: written through the tail, read from tail and file. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "log.h"
#include "session.h"

enum { RECORDS = 3000 };

static char path[] = "/tmp/fred-test-log-XXXXXX";
static uint64_t cursors[RECORDS];

static uint64_t size_of(int i) { return i % 500 == 499 ? (uint64_t)(3 << 20) + 5 : (uint64_t)(i * 37 % 3000); }

static void write_records(unsigned char *bytes)
{
    for (int i = 0; i < RECORDS; i++) {
        cursors[i] = log_end_cursor();
        clock_slot->ticks = (uint64_t)i;
        memset(bytes, i & 0xFF, size_of(i));
        log_begin(i % 400, i, (uint64_t)i * 3, 0);
        log_data(0x1000, bytes, size_of(i));
        log_data(0, "x", 1);
        log_end();
        if (i % 700 == 0) {
            log_flush();
        }
    }
}

static void reads_back_everything(void)
{
    unsigned char *bytes = malloc(4 << 20);
    CHECK(log_create(path, UINT64_MAX) == 0);
    write_records(bytes);
    CHECK(session.page->log_base + session.page->log_pending == log_end_cursor());
    CHECK(log_open(path) == 0);
    for (int i = 0; i < RECORDS; i++) {
        struct record record;
        struct chunk chunk;
        uint64_t at = cursors[i] + sizeof record;
        CHECK(log_fetch(cursors[i], &record, sizeof record));
        CHECK(record.nr == i % 400 && record.result == i && record.tick == (uint64_t)i && record.out_hash == (uint64_t)i * 3);
        CHECK(record.length % 8 == 0);
        CHECK(i + 1 == RECORDS || cursors[i] + record.length == cursors[i + 1]);
        CHECK(log_fetch(at, &chunk, sizeof chunk) && chunk.address == 0x1000 && chunk.length == size_of(i));
        CHECK(log_fetch(at + sizeof chunk, bytes, chunk.length));
        CHECK(chunk.length == 0 || (bytes[0] == (i & 0xFF) && bytes[chunk.length - 1] == (i & 0xFF)));
    }
    struct record record;
    CHECK(!log_fetch(log_end_cursor(), &record, sizeof record));
    CHECK(!log_fetch(log_end_cursor() - 8, &record, sizeof record));
    free(bytes);
}

static void stops_at_its_limit(void)
{
    CHECK(log_create(path, 1000) == 0);
    char bytes[600] = {0};
    for (int i = 0; i < 2; i++) {
        CHECK(!log_full());
        log_begin(0, 0, 0, 0);
        log_data(0, bytes, sizeof bytes);
        log_end();
    }
    CHECK(log_full());
    uint64_t end = log_end_cursor();
    log_begin(0, 0, 0, 0);
    log_end();
    CHECK(log_end_cursor() == end);
}

static void goes_on_after_a_copy(void)
{
    CHECK(log_create(path, UINT64_MAX) == 0);
    log_begin(1, 11, 0, 0);
    log_end();
    log_flush();
    uint64_t end = log_end_cursor();
    CHECK(log_continue(path, end, UINT64_MAX) == 0);
    log_begin(2, 22, 0, 0);
    log_end();
    struct record record;
    CHECK(log_open(path) == 0);
    CHECK(log_fetch(0, &record, sizeof record) && record.result == 11);
    CHECK(log_fetch(end, &record, sizeof record) && record.result == 22);
}

static void brief_records_are_half_a_header(void)
{
    CHECK(log_create(path, UINT64_MAX) == 0);
    CHECK(log_open(path) == 0);
    struct record record;
    for (uint64_t i = 0; i < 100; i++) {
        uint64_t at = log_end_cursor();
        clock_slot->ticks = i;
        log_brief(1000, (int64_t)i * 5, RECORD_NANOSECONDS);
        CHECK(log_end_cursor() == at + BRIEF_BYTES);
        if (i % 7 == 0) {
            log_flush();
        }
        CHECK(log_record(at, &record) && record.nr == 1000 && record.result == (int64_t)i * 5 && record.length == BRIEF_BYTES && record.out_hash == 0);
        CHECK((record.flags & RECORD_NANOSECONDS) && (record.flags & RECORD_BRIEF) && record.flags >> BRIEF_TICK_SHIFT == (i & BRIEF_TICK_MASK));
        CHECK(!log_record(at + BRIEF_BYTES, &record));
    }
    log_short(7, 70, 0);
    CHECK(log_record(log_end_cursor() - sizeof record, &record) && record.tick == 99 && record.length == sizeof record);
    CHECK(log_record(log_end_cursor() - sizeof record - BRIEF_BYTES, &record) && record.result == 99 * 5); /* with another one behind it */
}

static void times_close_to_the_last_take_four_bytes(void)
{
    CHECK(log_create(path, UINT64_MAX) == 0);
    CHECK(log_open(path) == 0);
    struct record record;
    for (uint32_t i = 0; i < 100; i++) {
        uint64_t at = log_end_cursor(), since = i * 10591; /* the last one is the longest that fits but for 66 */
        clock_slot->ticks = i;
        CHECK(log_since(since));
        CHECK(log_end_cursor() == at + SMALLEST_BYTES);
        if (i % 7 == 0) {
            log_flush();
        }
        CHECK(log_record(at, &record) && record.nr == LOG_CLOCK_GETTIME && record.result == (int64_t)since && record.length == SMALLEST_BYTES && record.out_hash == 0 && record.thread == 0);
        CHECK((record.flags & RECORD_SINCE) && (record.flags & RECORD_BRIEF) && record.flags >> BRIEF_TICK_SHIFT == (i & BRIEF_TICK_MASK));
        CHECK(!log_record(at + SMALLEST_BYTES, &record));
    }
    uint64_t end = log_end_cursor();
    CHECK(log_since((1 << 20) - 1) && !log_since(1 << 20) && !log_since(UINT64_MAX) && log_end_cursor() == end + SMALLEST_BYTES);
    log_short(7, 70, 0);
    CHECK(log_record(end, &record) && record.result == (1 << 20) - 1);
    CHECK(log_record(end + SMALLEST_BYTES, &record) && record.nr == 7 && record.result == 70); /* at any multiple of four */
}

int main(void)
{
    session.page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    session.mode = MODE_RECORD;
    close(mkstemp(path));
    reads_back_everything();
    stops_at_its_limit();
    goes_on_after_a_copy();
    brief_records_are_half_a_header();
    times_close_to_the_last_take_four_bytes();
    unlink(path);
    session.mode = MODE_OFF; /* the sanitizer asks for the time at exit */
    return failures;
}
