/* Time never enters the kernel (vDSO), so dispatch does not see it: the libc functions are replaced by name. */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/time.h>
#include <time.h>

#include "calls.h"
#include "snapshot.h"
#include "fred.h"
#include "log.h"
#include "raw.h"
#include "replay.h"
#include "session.h"

static const int64_t NANOSECONDS = 1000000000;

static volatile bool reading;

bool time_is_reading(void) { return reading; }

/* Other libraries' constructors (mimalloc in Python 3.13) may ask for the time before ours has run. */
static int early_clock_gettime(clockid_t id, struct timespec *ts) { return RAW(SYS_clock_gettime, id, ts) == 0 ? 0 : -1; }
static int early_gettimeofday(struct timeval *tv, void *zone) { return RAW(SYS_gettimeofday, tv, zone) == 0 ? 0 : -1; }

static int (*real_clock_gettime)(clockid_t, struct timespec *) = early_clock_gettime;
static int (*real_gettimeofday)(struct timeval *, void *) = early_gettimeofday;

/* At load time, because the lookup may allocate: later it would do so in the head and not in a replica. */
__attribute__((constructor(101))) static void find_real_functions(void)
{
    *(void **)&real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    *(void **)&real_gettimeofday = dlsym(RTLD_NEXT, "gettimeofday");
}

static int read_clock(clockid_t id, struct timespec *ts)
{
    reading = true;
    int result = real_clock_gettime(id, ts);
    reading = false;
    return result;
}

int64_t time_now(void)
{
    struct timespec now = {0};
    read_clock(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NANOSECONDS + now.tv_nsec;
}

/* CLOCK_REALTIME and CLOCK_MONOTONIC as the program saw them last: at the same place of the log the same in every process. */
static int64_t last_look[2];

static int64_t look(clockid_t id, int64_t now)
{
    int64_t since = INT64_MAX;
    if ((unsigned)id <= CLOCK_MONOTONIC) {
        since = now - last_look[id];
        last_look[id] = now;
    }
    return since;
}

/* Python asks for the time whenever it takes a lock: no record is shorter. */
static void record_time(clockid_t id, int result, const struct timespec *ts)
{
    if (result == 0 && ts->tv_sec >= 0 && ts->tv_sec < INT64_MAX / NANOSECONDS) {
        int64_t now = (int64_t)ts->tv_sec * NANOSECONDS + ts->tv_nsec;
        if (!log_since((uint64_t)look(id, now))) {
            log_brief(LOG_CLOCK_GETTIME, now, RECORD_NANOSECONDS);
        }
        return;
    }
    log_begin(LOG_CLOCK_GETTIME, result, 0, 0);
    log_chunk(result == 0 ? ts : NULL, sizeof *ts);
    log_end();
}

static int replay_time(clockid_t id, struct timespec *ts)
{
    struct record record = replay_expect(LOG_CLOCK_GETTIME, 0, NULL);
    if (record.flags & (RECORD_NANOSECONDS | RECORD_SINCE)) {
        int64_t now = record.flags & RECORD_SINCE ? last_look[id & 1] + record.result : record.result;
        look(id, now);
        *ts = (struct timespec){now / NANOSECONDS, now % NANOSECONDS};
        record.result = 0;
    } else {
        replay_apply();
    }
    replay_done();
    return (int)record.result;
}

FRED_API int clock_gettime(clockid_t id, struct timespec *ts)
{
    if (session.mode == MODE_OFF || snapshot_foreign_thread()) {
        return real_clock_gettime(id, ts);
    }
    if (session.mode == MODE_REPLAY) {
        int result = replay_time(id, ts);
        errno = result == 0 ? errno : EINVAL; /* the only error there is for a valid address */
        return result;
    }
    int result = read_clock(id, ts);
    record_time(id, result, ts);
    return result;
}

FRED_API int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    if (session.mode == MODE_OFF || snapshot_foreign_thread()) {
        return real_gettimeofday(tv, zone);
    }
    if (session.mode == MODE_REPLAY) {
        int result = (int)replay_expect(LOG_GETTIMEOFDAY, 0, NULL).result;
        replay_apply();
        replay_done();
        return result;
    }
    reading = true;
    int result = real_gettimeofday(tv, zone);
    reading = false;
    log_begin(LOG_GETTIMEOFDAY, result, 0, 0);
    log_chunk(tv, sizeof *tv);
    log_end();
    return result;
}

FRED_API time_t time(time_t *seconds)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (seconds != NULL) {
        *seconds = now.tv_sec;
    }
    return now.tv_sec;
}
